import MPesaSimulator

/// Daraja's messages as they were seen or documented, one per name; every value in them is invented.
enum Fixture {
    /// The message called `name`.
    static func named(_ name: String) -> JSON {
        guard let text = texts[name], let json = try? JSON(parsing: Array(text.utf8)) else {
            preconditionFailure("there is no fixture \(name)")
        }
        return json
    }

    private static let texts = [
        "oauth-success": #"{"access_token":"Qm4xT8vLzR2cWkY7pJd0HsNb5uGe","expires_in":"3599"}"#,
        "oauth-success-numeric-expiry": #"{"access_token":"Qm4xT8vLzR2cWkY7pJd0HsNb5uGe","expires_in":3599}"#,
        "oauth-error-authentication-400": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"400.008.01",
        "errorMessage":"Invalid Authentication passed"}
        """#,
        "oauth-error-grant-type-400": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"400.008.02",
        "errorMessage":"Invalid grant type passed"}
        """#,
        "error-resource-not-found-404": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"404.001.01",
        "errorMessage":"Resource not found"}
        """#,
        "error-method-not-allowed-405": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"405.001",
        "errorMessage":"Method Not Allowed"}
        """#,
        "error-invalid-access-token-404": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"404.001.03",
        "errorMessage":"Invalid Access Token"}
        """#,
        "error-invalid-auth-header-404": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"404.001.04",
        "errorMessage":"Invalid Authentication Header"}
        """#,
        "error-invalid-request-payload-400": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"400.002.05",
        "errorMessage":"Invalid Request Payload"}
        """#,
        "error-spike-arrest-500": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"500.003.02",
        "errorMessage":"Error Occurred: Spike Arrest Violation"}
        """#,
        "error-system-busy-500": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"500.003.02",
        "errorMessage":"System is busy. Please try again in few minutes."}
        """#,
        "error-quota-500": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"500.003.03",
        "errorMessage":"Error Occurred: Quota Violation"}
        """#,
        "error-internal-500": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"500.003.1001",
        "errorMessage":"Internal Server Error"}
        """#,
        "error-maintenance": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"00.002.1001",
        "errorMessage":"Service is currently under maintenance. Please try again later"}
        """#,
        "error-no-apiproduct-401": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"401.003.01",
        "errorMessage":"Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found"}
        """#,
        "error-gateway-soap-envelope": #"""
        {"Envelope":{"encodingStyle":"http://schemas.xmlsoap.org/soap/encoding/",
        "Body":{"Fault":{"faultcode":"soap:Server",
        "faultstring":
        "Execution of ServiceCallout SC-SearchURL failed. Reason: ResponseCode 503 is treated as error",
        "faultactor":{},"detail":{"source":{"errorcode":"steps.servicecallout.ExecutionFailed"}}}}}}
        """#,
        "stk-push-response-success": #"""
        {"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResponseCode":"0",
        "ResponseDescription":"Success. Request accepted for processing",
        "CustomerMessage":"Success. Request accepted for processing"}
        """#,
        "stk-push-response-nonzero": #"""
        {"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResponseCode":"1",
        "ResponseDescription":"The request could not be accepted",
        "CustomerMessage":"The request could not be accepted"}
        """#,
        "stk-push-error-merchant-not-exist-500": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"500.001.1001",
        "errorMessage":"Merchant does not exist"}
        """#,
        "stk-push-error-wrong-credentials-500": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"500.001.1001",
        "errorMessage":"[MerchantValidate] - Wrong credentials"}
        """#,
        "stk-push-error-subscriber-locked-500": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"500.001.1001",
        "errorMessage":"Unable to lock subscriber, a transaction is already in process for the current subscriber"}
        """#,
        "stk-push-error-invalid-amount-400": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"400.002.02",
        "errorMessage":"Bad Request - Invalid Amount"}
        """#,
        "stk-query-pending": #"""
        {"requestId":"ws_CO_05012026143016482708374149","errorCode":"500.001.1001",
        "errorMessage":"The transaction is being processed"}
        """#,
        "stk-query-pending-4999": #"""
        {"ResponseCode":"0","ResponseDescription":"The service request has been accepted successsfully",
        "MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":"4999",
        "ResultDesc":"The transaction is still under processing"}
        """#,
        "stk-query-pending-code-1-text": #"""
        {"ResponseCode":"0","ResponseDescription":"The service request has been accepted successsfully",
        "MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":"1",
        "ResultDesc":"The transaction is being processed"}
        """#,
        "stk-query-success": #"""
        {"ResponseCode":"0","ResponseDescription":"The service request has been accepted successfully",
        "MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":"0",
        "ResultDesc":"The service request is processed successfully."}
        """#,
        "stk-query-success-numeric-code": #"""
        {"ResponseCode":"0","ResponseDescription":"The service request has been accepted successsfully",
        "MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":0,
        "ResultDesc":"The service request is processed successfully."}
        """#,
        "stk-query-cancelled-1032": #"""
        {"ResponseCode":"0","ResponseDescription":"The service request has been accepted successsfully",
        "MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":"1032",
        "ResultDesc":"Request cancelled by user"}
        """#,
        "stk-query-unknown-id-500": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"500.001.1001",
        "errorMessage":"The transaction does not Exist"}
        """#,
        "stk-query-unknown-id-400": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"400.002.02",
        "errorMessage":"Bad Request - Invalid CheckoutRequestID"}
        """#,
        "stk-query-rate-limited-500": #"""
        {"requestId":"7f20-4b8e-a1c3-90d5e6f7a8b2511904","errorCode":"500.003.02",
        "errorMessage":"Error Occurred: Spike Arrest Violation"}
        """#,
        "stk-query-bad-debt-e3008": #"""
        {"ResponseCode":"0","ResponseDescription":"The service request has been accepted successsfully",
        "MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":"E3008",
        "ResultDesc":"Error, the user has a bad debt contract."}
        """#,
        "stk-callback-success": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":0,
        "ResultDesc":"The service request is processed successfully.",
        "CallbackMetadata":{"Item":[{"Name":"Amount","Value":1250.00},{"Name":"MpesaReceiptNumber",
        "Value":"UA51K7B2QX"},{"Name":"TransactionDate","Value":20260105143042},{"Name":"PhoneNumber",
        "Value":254708374149}]}}}}
        """#,
        "stk-callback-cancelled-1032": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":1032,
        "ResultDesc":"Request cancelled by user"}}}
        """#,
        "stk-callback-string-code-1032": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":"1032",
        "ResultDesc":"Request cancelled by user"}}}
        """#,
        "stk-callback-success-integer-amount": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":0,
        "ResultDesc":"The service request is processed successfully.",
        "CallbackMetadata":{"Item":[{"Name":"Amount","Value":1250},{"Name":"MpesaReceiptNumber",
        "Value":"UA51K7B2QX"},{"Name":"TransactionDate","Value":20260105143042},{"Name":"PhoneNumber",
        "Value":254708374149}]}}}}
        """#,
        "stk-callback-success-string-values": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":0,
        "ResultDesc":"The service request is processed successfully.",
        "CallbackMetadata":{"Item":[{"Name":"Amount","Value":"1250.00"},{"Name":"MpesaReceiptNumber",
        "Value":"UA51K7B2QX"},{"Name":"TransactionDate","Value":"20260105143042"},{"Name":"PhoneNumber",
        "Value":"254708374149"}]}}}}
        """#,
        "stk-callback-success-balance-no-value": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":0,
        "ResultDesc":"The service request is processed successfully.",
        "CallbackMetadata":{"Item":[{"Name":"Amount","Value":1250.00},{"Name":"MpesaReceiptNumber",
        "Value":"UA51K7B2QX"},{"Name":"Balance"},{"Name":"TransactionDate","Value":20260105143042},
        {"Name":"PhoneNumber","Value":254708374149}]}}}}
        """#,
        "stk-callback-success-items-reordered": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":0,
        "ResultDesc":"The service request is processed successfully.",
        "CallbackMetadata":{"Item":[{"Name":"PhoneNumber","Value":254708374149},{"Name":"TransactionDate",
        "Value":20260105143042},{"Name":"Amount","Value":1250},{"Name":"MpesaReceiptNumber",
        "Value":"UA51K7B2QX"}]}}}}
        """#,
        "stk-callback-success-without-metadata": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":0,
        "ResultDesc":"The service request is processed successfully."}}}
        """#,
        "stk-callback-success-amount-differs": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":0,
        "ResultDesc":"The service request is processed successfully.",
        "CallbackMetadata":{"Item":[{"Name":"Amount","Value":1},{"Name":"MpesaReceiptNumber",
        "Value":"UA51K7B2QX"},{"Name":"TransactionDate","Value":20260105143042},{"Name":"PhoneNumber",
        "Value":254708374149}]}}}}
        """#,
        "stk-callback-no-response-1037": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":1037,
        "ResultDesc":"No response from user."}}}
        """#,
        "stk-callback-unreachable-1037": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":1037,
        "ResultDesc":"DS timeout user cannot be reached"}}}
        """#,
        "stk-callback-insufficient-funds-1": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":1,
        "ResultDesc":"The balance is insufficient for the transaction."}}}
        """#,
        "stk-callback-rule-limited-17": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":17,"ResultDesc":"Rule limited."}}}
        """#,
        "stk-callback-system-busy-26": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":26,
        "ResultDesc":"System busy. The transaction is rejected."}}}
        """#,
        "stk-callback-subscriber-locked-1001": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":1001,
        "ResultDesc":"Unable to lock subscriber, a transaction is already in process for the current subscriber"}}}
        """#,
        "stk-callback-expired-1019": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":1019,
        "ResultDesc":"Transaction has expired"}}}
        """#,
        "stk-callback-push-error-1025": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":1025,
        "ResultDesc":"An error occurred while sending a push request"}}}
        """#,
        "stk-callback-smsc-ack-timeout-1036": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":1036,
        "ResultDesc":"SMSC ACK timeout."}}}
        """#,
        "stk-callback-wrong-pin-2001": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":2001,
        "ResultDesc":"The initiator information is invalid."}}}
        """#,
        "stk-callback-not-permitted-2028": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":2028,
        "ResultDesc":"The request is not permitted according to product assignment."}}}
        """#,
        "stk-callback-credential-locked-8006": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":8006,
        "ResultDesc":"The security credential is locked."}}}
        """#,
        "stk-callback-push-error-9999": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":9999,
        "ResultDesc":"An error occurred while sending a push request"}}}
        """#,
        "stk-callback-operator-missing-sfc-ic0003": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":"SFC_IC0003",
        "ResultDesc":"The operator does not exist."}}}
        """#,
        "stk-callback-unknown-code-7777": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":7777,"ResultDesc":"Something new"}}}
        """#,
        "stk-callback-below-minimum-2": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":2,
        "ResultDesc":"Declined due to limit rule."}}}
        """#,
        "stk-callback-above-maximum-3": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":3,
        "ResultDesc":"Declined due to limit rule: greater than the maximum transaction amount."}}}
        """#,
        "stk-callback-daily-limit-4": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":4,
        "ResultDesc":"Declined due to limit rule: would exceed daily transfer limit."}}}
        """#,
        "stk-callback-max-balance-8": #"""
        {"Body":{"stkCallback":{"MerchantRequestID":"5c1d-4e0a-9f37-2b6d8a90c4e1730215",
        "CheckoutRequestID":"ws_CO_05012026143016482708374149","ResultCode":8,
        "ResultDesc":"Declined due to limit rule: would exceed the maximum balance."}}}
        """#,
    ]
}
