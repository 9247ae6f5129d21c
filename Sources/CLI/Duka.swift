@main enum Duka {
    static func main() {}
}
