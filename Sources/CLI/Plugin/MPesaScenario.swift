import PaymentKitTesting

/// One payment by M-PESA as Safaricom answers and reports it: from it `duka plugin check mpesa` makes the laws.
enum MPesaScenario {
    private static let checkout = "ws_CO_05012026143016482708374149"
    private static let ids = #""MerchantRequestID":"5c1d-4e0a","CheckoutRequestID":"\#(checkout)""#
    private static let push = "POST /mpesa/stkpush/v1/processrequest"
    private static let query = "POST /mpesa/stkpushquery/v1/query"

    private static func queried(_ code: String, _ words: String) -> Scenario.Answer {
        Scenario.Answer(
            query, body: #"{"ResponseCode":"0",\#(ids),"ResultCode":"\#(code)","ResultDesc":"\#(words)"}"#)
    }

    private static func refused(_ status: Int, _ code: String, _ words: String) -> Scenario.Answer {
        Scenario.Answer(
            push, status: status, body: #"{"requestId":"7f20-4b8e","errorCode":"\#(code)","errorMessage":"\#(words)"}"#)
    }

    private static func callback(_ code: Int, _ more: String = "") -> Scenario.Message {
        Scenario.Message(
            "prompt",
            body: #"{"Body":{"stkCallback":{\#(ids),"ResultCode":\#(code),"ResultDesc":"As it ended"\#(more)}}}"#)
    }

    static let scenario = Scenario(
        settings: [
            "environment": "sandbox", "consumer_key": "canary-key-0123456789",
            "consumer_secret": "canary-secret-0123456789", "shortcode": "600984",
            "passkey": "canary-passkey-0123456789abcdef", "initiator": "duka",
            "security_credential": "Y2FuYXJ5LWNyZWRlbnRpYWwtMDEyMzQ1Njc4OQ==",
        ],
        form: ["phone": "0708 374 149"], amount: "150",
        answers: [
            Scenario.Answer(
                "GET /oauth/v1/generate", body: #"{"access_token":"canary-token-0123456789","expires_in":"3599"}"#),
            Scenario.Answer(
                push, body: #"{\#(ids),"ResponseCode":"0","ResponseDescription":"Success. Request accepted"}"#),
            queried("0", "The service request is processed successfully."),
        ],
        refusals: [
            refused(400, "400.002.02", "Bad Request - Invalid PhoneNumber"),
            refused(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process"),
        ],
        status: Scenario.StatusAnswers(
            paid: queried("0", "The service request is processed successfully."),
            declined: queried("1032", "Request cancelled by user"),
            pending: queried("4999", "The transaction is still under processing"),
            unknown: queried("7777", "A code of tomorrow")),
        messages: [
            callback(
                0,
                #","CallbackMetadata":{"Item":[{"Name":"Amount","Value":150},{"Name":"MpesaReceiptNumber","#
                    + #""Value":"UA51K7B2QX"},{"Name":"TransactionDate","Value":20260105143042},"#
                    + #"{"Name":"PhoneNumber","Value":254708374149}]}"#),
            Scenario.Message(
                "incoming",
                body: #"{"TransactionType":"Pay Bill","TransID":"UA51K7B2QX","TransTime":"20260105143042","#
                    + #""TransAmount":"150.00","BusinessShortCode":"600984","BillRefNumber":"K7M29QXD","#
                    + #""OrgAccountBalance":"18250.00","MSISDN":"2547 ***** 149","FirstName":"JANE"}"#),
        ],
        otherMessages: [callback(1_032), callback(7_777)],
        refund: Scenario.Refund(
            receipt: "UA51K7B2QX",
            answer: Scenario.Answer(
                "POST /mpesa/reversal/v1/request",
                body: #"{"OriginatorConversationID":"a59c-4e02","ConversationID":"AG_20260105_2010b7c41e9d05a3f826","#
                    + #""ResponseCode":"0","ResponseDescription":"Accept the service request successfully."}"#)))
}
