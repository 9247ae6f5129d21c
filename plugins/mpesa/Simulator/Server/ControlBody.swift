internal import HTTPServer

/// What the control API is sent: a JSON object, or a form whose values are texts.
enum ControlBody {
    /// Why a request is not understood, in words for who wrote it.
    struct Problem: Error {
        let text: String
        var status = 400
    }

    /// The body as an object; an empty one where there is none.
    static func read(_ request: Request) throws(Problem) -> JSON {
        if request.body.isEmpty { return [:] }
        if request.header("Content-Type")?.lowercased().hasPrefix("application/x-www-form") == true {
            do throws(FormError) {
                return .object(try request.form().fields.map { JSON.Member(name: $0.name, value: .string($0.value)) })
            } catch {
                throw Problem(text: error.description)
            }
        }
        do throws(JSON.SyntaxError) {
            return try JSON(parsing: request.body)
        } catch {
            throw Problem(text: "the body is no JSON: it stops making sense at byte \(error.offset)")
        }
    }
}

/// Answers of the control API: JSON, and for a browser the way back to a page.
func done(_ request: Request, page: String, _ json: JSON = ["done": true]) -> Response {
    isBrowser(request) ? .redirect(to: page) : .json(json.bytes)
}

/// A refusal of the control API.
func problem(_ text: String, status: Int = 400) -> Response {
    .json(JSON.object([.init(name: "error", value: .string(text))]).bytes, status: status)
}

/// Whether a person waits for the answer.
func isBrowser(_ request: Request) -> Bool {
    request.header("Accept")?.contains("text/html") == true
}
