import PaymentKitTesting

/// One payment by Paystack as it answers and reports it: from it `duka plugin check paystack` makes the laws.
enum PaystackScenario {
    private static func transaction(_ status: String, _ gateway: String = "Successful") -> String {
        #"{"id":4099260516,"domain":"test","status":"\#(status)","reference":"K7M29QXD-1","amount":15000,"#
            + #""currency":"KES","gateway_response":"\#(gateway)","fees":435,"channel":"card"}"#
    }
    private static func verified(_ status: String, _ gateway: String = "Successful") -> Scenario.Answer {
        Scenario.Answer(
            "GET /transaction/verify/K7M29QXD-1",
            body: #"{"status":true,"message":"Verification successful","data":\#(transaction(status, gateway))}"#)
    }
    private static func no(_ request: String, _ status: Int, _ words: String, _ code: String) -> Scenario.Answer {
        Scenario.Answer(
            request, status: status,
            body: #"{"status":false,"message":"\#(words)","type":"validation_error","code":"\#(code)"}"#)
    }
    private static let initialize = "POST /transaction/initialize"

    static let scenario = Scenario(
        settings: ["secret_key": "sk_test_canary4f81c07be2"], form: ["email": "asha@shop.example"],
        answers: [
            .init(
                initialize,
                body:
                    #"{"status":true,"message":"Authorization URL created","data":{"authorization_url":"#
                    + #""https://checkout.paystack.com/nkdks46nymizns7","access_code":"nkdks46nymizns7","#
                    + #""reference":"K7M29QXD-1"}}"#),
            verified("success"),
            .init(
                "GET /integration/payment_session_timeout",
                body: #"{"status":true,"message":"ok","data":{"payment_session_timeout":1800}}"#),
        ],
        refusals: [
            no(initialize, 400, "Invalid Email Address Passed", "invalid_email_address"),
            no(initialize, 401, "Invalid key", "invalid_Key"),
            no(initialize, 429, "Too many requests", "too_many_requests"),
        ],
        status: .init(
            paid: verified("success"), declined: verified("failed", "Insufficient Funds"),
            pending: verified("abandoned", "The transaction was not completed"),
            notFound: no(
                "GET /transaction/verify/K7M29QXD-1", 400, "Transaction reference not found.",
                "transaction_not_found"),
            unknown: verified("held_by_moon")),
        messages: [.init("events", body: #"{"event":"charge.success","data":\#(transaction("success"))}"#)],
        otherMessages: [
            .init("events", body: #"{"event":"charge.failed","data":\#(transaction("failed", "Declined"))}"#),
            .init(
                "events",
                body:
                    #"{"event":"refund.processed","data":{"status":"processed","transaction_reference":"K7M29QXD-1","#
                    + #""amount":"5000","currency":"KES"}}"#),
            .init("events", body: #"{"event":"subscription.create","data":{"domain":"test"}}"#),
        ],
        refund: .init(
            receipt: "4099260516",
            answer: .init(
                "POST /refund",
                body:
                    #"{"status":true,"message":"Refund has been queued for processing","data":{"id":3018284,"#
                    + #""status":"pending","currency":"KES","amount":15000,"merchant_note":"R7M29QXD-1"}}"#)))
}
