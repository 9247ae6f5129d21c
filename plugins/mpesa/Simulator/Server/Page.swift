internal import HTTPServer

/// One page: what all of them share.
struct Page {
    let title: String
    /// Whether it loads itself again every two seconds.
    let refreshes: Bool
    /// HTML, with everything foreign escaped.
    let body: String

    var html: String {
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        \(refreshes ? "<meta http-equiv=\"refresh\" content=\"2\">" : "")
        <title>\(escaped(title))</title><style>\(Page.style)</style></head>
        <body><main>\(body)</main></body></html>
        """
    }

    /// The page as an answer that no browser keeps and that runs no script.
    func response(status: Int = 200) -> Response {
        var response = Response.html(Array(html.utf8), status: status)
        response.headers += [
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"),
        ]
        return response
    }

    private static let style = """
        *{box-sizing:border-box}
        body{margin:0;background:#eef1ee;color:#1b241d;font:16px/1.45 system-ui,sans-serif}
        main{max-width:26rem;margin:0 auto;padding:1rem}
        h1{font-size:1.35rem;margin:.25rem 0}
        a{color:#0a6b2f}
        .hint{color:#4d5a50;font-size:.9rem}
        .empty{text-align:center;color:#4d5a50;padding:2.5rem 1rem}
        [role=alert]{background:#fde8e6;border-left:4px solid #b3261e;padding:.5rem .75rem}
        label{display:block;font-weight:600;margin:.5rem 0 .25rem}
        input{width:100%;font:inherit;padding:.7rem;border:2px solid #87948a;border-radius:.5rem;background:#fff}
        #pin{text-align:center;letter-spacing:.5em;font-size:1.4rem}
        button,.button{display:block;width:100%;min-height:3rem;margin-top:.75rem;padding:.7rem 1rem;border:0;
        border-radius:.5rem;background:#0a7a35;color:#fff;font:inherit;font-weight:600;text-align:center;
        text-decoration:none;cursor:pointer}
        button.quiet{background:#fff;color:#1b241d;border:2px solid #87948a}
        button.link{background:none;color:#b9c7bd;text-decoration:underline;font-weight:400}
        :focus-visible{outline:3px solid #f0a800;outline-offset:2px}
        .row{display:flex;gap:.75rem}
        .phone{background:#18211b;color:#e8eee9;border-radius:1.75rem;padding:1rem;min-height:30rem;
        box-shadow:0 8px 24px #0004}
        .phone header{display:flex;justify-content:space-between;padding:.25rem .5rem 1rem;font-weight:600}
        .phone h1{font-size:1rem;margin:0}
        .phone .hint,.phone .empty{color:#b9c7bd}
        .prompt{background:#fff;color:#1b241d;border-radius:1rem;padding:1rem}
        .prompt p{margin:0 0 .75rem;font-size:1.1rem}
        .list,.messages{list-style:none;margin:1rem 0;padding:0}
        .list li{margin:.5rem 0}
        .list a,.list button{display:block;width:100%;margin:0;padding:.8rem 1rem;background:#fff;color:inherit;
        border:1px solid #c9d2cb;border-radius:.75rem;text-align:left;text-decoration:none;font-weight:400}
        .list small{float:right}
        .list [aria-current]{border:2px solid #0a7a35}
        h2{font-size:1.1rem;margin:1.5rem 0 .25rem}
        dl{margin:.5rem 0}
        dt{font-weight:600}
        dd{margin:0 0 .5rem;overflow-wrap:anywhere}
        .card{background:#fff;border:1px solid #c9d2cb;border-radius:.75rem;padding:.8rem 1rem;margin:.5rem 0;
        overflow-wrap:anywhere}
        .card button{margin-top:.5rem}
        nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem .9rem;margin:.5rem 0;padding:0}
        nav [aria-current]{font-weight:600;color:inherit;text-decoration:none}
        .amount{float:right;font-weight:600}
        .messages li{background:#2b3a30;border-radius:1rem;padding:.75rem 1rem;margin:.75rem 0;overflow-wrap:anywhere}
        """
}

/// `text` for HTML, between tags or in double quotes.
func escaped(_ text: String) -> String {
    var output = ""
    for character in text.unicodeScalars {
        switch character {
        case "&": output += "&amp;"
        case "<": output += "&lt;"
        case ">": output += "&gt;"
        case "\"": output += "&quot;"
        case "'": output += "&#39;"
        default: output.unicodeScalars.append(character)
        }
    }
    return output
}
