import Checkout
import Commerce
import HTTPServer
import Synchronization

/// Photos that were read a moment ago: a few, for all pages ask for the same.
final class RecentPhotos: Sendable {
    private static let mostBytes = 8 << 20
    private let photos = Mutex<(bytes: Int, byName: [String: SharedBytes])>((0, [:]))

    func photo(_ name: String) -> SharedBytes? { photos.withLock { $0.byName[name] } }

    func keep(_ photo: SharedBytes, of count: Int, _ name: String) {
        photos.withLock { photos in
            // Simpler than counting uses: when it is full, start anew.
            if photos.bytes + count > Self.mostBytes { photos = (0, [:]) }
            if photos.byName.updateValue(photo, forKey: name) == nil { photos.bytes += count }
        }
    }
}

extension Site {
    /// Where a browser gets the photo of goods.
    func photoAddress(_ photo: String, _ size: Photo.Size = .card) -> String {
        Photo(photo).map { "/photos/\($0.file(size))" } ?? fileAddress("goods/\(photo)")
    }

    /// `GET /photos/<name>`: never another file under the same name, so it is kept for ever.
    func photo(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let name = parameters["name"]
        let photo: SharedBytes
        if let known = photos.photo(name) {
            photo = known
        } else {
            guard name.utf8.count <= 60, let bytes = try await shop.photo(name) else { throw PageProblem(404) }
            photo = SharedBytes(bytes)
            photos.keep(photo, of: bytes.count, name)
        }
        return Response(
            headers: [
                ("Content-Type", "image/jpeg"), ("Cache-Control", "public, max-age=31536000, immutable"),
                ("X-Content-Type-Options", "nosniff"),
            ], body: .bytes(photo))
    }

    /// `POST /admin/goods/<slug>/photo`: a photo is uploaded, or taken away.
    func savePhoto(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let slug = parameters["slug"]
        let path = "/admin/goods/\(slug)"
        let words = visit.words
        guard let press = visit.press else { throw PageProblem(400) }
        let file = visit.form?.files.first { $0.field == "photo" }
        let isRemoval = visit.field("do") == "remove"
        guard isRemoval || file?.bytes.isEmpty == false else { throw StaffProblem("photo", "staff_photo_missing") }
        let refusal: (any Error) -> String? = { ($0 as? PhotoRefusal).map { words(Self.key(of: $0)) } }
        do {
            let entry = AuditEntry(visit.visitor.name, isRemoval ? "photo_removed" : "photo_changed", slug)
            let deed = try await shop.act(entry, press: press, refusal: refusal) { [shop, makePhoto] in
                if isRemoval {
                    try await shop.removePhoto(of: slug)
                    return words("staff_photo_removed")
                }
                guard let makePhoto else { throw PhotoRefusal.noReader }
                try await shop.setPhoto(of: slug, from: file?.bytes ?? [], by: makePhoto)
                return words("staff_photo_saved")
            }
            return try await told(deed, visit, path)
        } catch let refusal as PhotoRefusal {
            return try await again(visit, path, [StaffProblem("photo", Self.key(of: refusal))])
        }
    }

    private static func key(of refusal: PhotoRefusal) -> String {
        switch refusal {
        case .noSuchProduct: "staff_no_goods_headline"
        case .tooLarge: "staff_photo_large"
        case .notReadable: "staff_photo_unreadable"
        case .noReader: "staff_photo_no_reader"
        }
    }
}
