import PaymentKitTesting

/// One payment by Airtel Money as Airtel answers and reports it: from it `duka plugin check airtel` makes the laws.
enum AirtelScenario {
    private static let ticket = "K7M29QXD-1"
    private static let receipt = "MP260105.1430.L06941"
    private static let push = "POST /merchant/v1/payments/"
    private static let enquiry = "GET /standard/v1/payments/"

    private static func status(_ code: String, _ words: String, http: Int = 200) -> String {
        #""status":{"response_code":"\#(code)","code":"\#(http)","success":\#(http == 200),"message":"\#(words)"}"#
    }

    private static func enquired(_ state: String, _ more: String = "", code: String = "DP00800001006")
        -> Scenario.Answer
    {
        Scenario.Answer(
            enquiry,
            body: #"{"data":{"transaction":{"id":"\#(ticket)","message":"As it is","status":"\#(state)"\#(more)}},"#
                + status(code, "SUCCESS") + "}")
    }

    private static func refused(_ http: Int, _ code: String, _ words: String) -> Scenario.Answer {
        Scenario.Answer(push, status: http, body: "{" + status(code, words, http: http) + "}")
    }

    private static func message(_ state: String, _ words: String, _ more: String = "") -> Scenario.Message {
        Scenario.Message(
            "result",
            body: #"{"transaction":{"id":"\#(ticket)","message":"\#(words)","status_code":"\#(state)"\#(more)}}"#)
    }

    static let scenario = Scenario(
        settings: [
            "environment": "sandbox", "client_id": "canary-client-0123456789",
            "client_secret": "canary-secret-0123456789",
        ],
        form: ["phone": "0733 123 456"], amount: "150",
        answers: [
            Scenario.Answer(
                "POST /auth/oauth2/token",
                body: #"{"access_token":"canary-token-0123456789","expires_in":"180","token_type":"bearer"}"#),
            Scenario.Answer(
                push,
                body: #"{"data":{"transaction":{"id":"\#(ticket)","status":"Success."}},"#
                    + status("DP00800001006", "Success.") + "}"),
            enquired("TS", #","airtel_money_id":"\#(receipt)""#, code: "DP00800001001"),
        ],
        refusals: [
            refused(400, "DP00800001005", "Msisdn Not Found"),
            refused(200, "DP00800001007", "Not enough balance"),
        ],
        status: Scenario.StatusAnswers(
            paid: enquired("TS", #","airtel_money_id":"\#(receipt)""#, code: "DP00800001001"),
            declined: enquired("TF", code: "DP00800001007"), pending: enquired("TIP"),
            notFound: Scenario.Answer(enquiry, body: "{" + status("DP00800001025", "Transaction Not Found") + "}"),
            unknown: enquired("TX")),
        messages: [
            message(
                "TS", "Paid KES 150 to MAMA NJERI Charge KES 0, Trans ID \(receipt).",
                #","airtel_money_id":"\#(receipt)""#)
        ],
        otherMessages: [
            message("TF", "Not enough balance", #","airtel_money_id":"\#(receipt)""#),
            message("TX", "A state of tomorrow"),
            message("TS", "Paid", #","airtel_money_id":"\#(receipt)-1""#),
        ],
        refund: Scenario.Refund(
            receipt: receipt,
            answer: Scenario.Answer(
                "POST /standard/v1/payments/refund",
                body: #"{"data":{"transaction":{"airtel_money_id":"MP260105.1512.R00017","status":"SUCCESS"}},"#
                    + status("DP00800001001", "SUCCESS") + "}")))
}
