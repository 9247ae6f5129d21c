import Commerce
import PaymentKit

/// The goods of the practice shop: what a small shop in Nairobi sells.
enum DemoGoods {
    static let shopName = "Mama Njeri"

    static let delivery = [
        DeliveryChoice(
            code: "pickup",
            name: Words(english: "Collect at the shop, Moi Avenue", swahili: "Chukua dukani, Moi Avenue"),
            fee: Money(whole: 0, .kes), needsPlace: false),
        DeliveryChoice(
            code: "nairobi",
            name: Words(english: "Rider within Nairobi, same day", swahili: "Boda ndani ya Nairobi, siku hiyohiyo"),
            fee: Money(whole: 200, .kes), needsPlace: true),
        DeliveryChoice(
            code: "upcountry",
            name: Words(
                english: "Parcel to another town, 1 to 2 days", swahili: "Kifurushi hadi mji mwingine, siku 1 hadi 2"),
            fee: Money(whole: 450, .kes), needsPlace: true),
    ]

    static func products(at now: Timestamp) -> [Product] {
        rows.map { row in
            Product(
                id: ID(at: now), slug: row.slug, name: Words(english: row.name.0, swahili: row.name.1),
                about: Words(english: row.about.0, swahili: row.about.1), price: Money(whole: row.price, .kes),
                vat: VATRate(basisPoints: row.vat * 100), stock: row.stock, photo: "\(row.slug).svg")
        }
    }

    private typealias Row = (
        slug: String, price: Int64, vat: Int, stock: Int, name: (String, String), about: (String, String)
    )

    private static let rows: [Row] = [
        (
            "kiondo", 1850, 16, 8, ("Kiondo basket", "Kikapu cha kiondo"),
            (
                "Woven by hand from sisal in Machakos, with leather handles. Strong enough for market day.",
                "Kimesukwa kwa mkono kwa katani kutoka Machakos, chenye mishipi ya ngozi. Kinabeba mzigo wa sokoni."
            )
        ),
        (
            "kericho-tea", 320, 0, 60, ("Kericho loose tea, 250 g", "Majani ya chai ya Kericho, gramu 250"),
            (
                "Strong black tea from the Kericho highlands. One spoon fills the pot.",
                "Chai nyeusi kali kutoka nyanda za Kericho. Kijiko kimoja chatosha birika."
            )
        ),
        (
            "maasai-shuka", 1200, 16, 15, ("Maasai shuka", "Shuka ya Kimasai"),
            (
                "Warm checked blanket, 150 × 200 cm. For the bed, the picnic or the cold bus home.",
                "Shuka nzito ya miraba, sentimita 150 × 200. Ya kitanda, matembezi au safari ya baridi."
            )
        ),
        (
            "nyeri-coffee", 950, 0, 24, ("Nyeri AA coffee, 500 g", "Kahawa ya Nyeri AA, gramu 500"),
            (
                "Whole beans from small farms in Nyeri, roasted this month.",
                "Buni nzima kutoka mashamba madogo ya Nyeri, zimekaangwa mwezi huu."
            )
        ),
        (
            "kisii-bowl", 780, 16, 2, ("Kisii soapstone bowl", "Bakuli la mawe la Kisii"),
            (
                "Carved from one piece of soapstone in Tabaka. Each one is a little different.",
                "Limechongwa kutoka jiwe moja huko Tabaka. Kila moja ni tofauti kidogo."
            )
        ),
        (
            "beaded-sandals", 1450, 16, 6, ("Beaded leather sandals", "Viatu vya ngozi na shanga"),
            (
                "Soft leather sandals with Maasai beadwork. Size 40; ask the shop for others.",
                "Viatu laini vya ngozi vyenye shanga za Kimasai. Saizi 40; uliza duka kwa nyingine."
            )
        ),
        (
            "kikoi", 1100, 16, 12, ("Kikoi from Lamu", "Kikoi cha Lamu"),
            (
                "Light striped cotton with tassels. A wrap, a towel, a scarf.",
                "Pamba nyepesi yenye mistari na shada. Vaa, jifute au jifunike."
            )
        ),
        (
            "baringo-honey", 650, 0, 30, ("Baringo honey, 500 g", "Asali ya Baringo, gramu 500"),
            (
                "Raw acacia honey from log hives in Baringo. Nothing added.",
                "Asali mbichi ya mgunga kutoka mizinga ya Baringo. Haijachanganywa."
            )
        ),
        (
            "enamel-mugs", 1250, 16, 10, ("Enamel mugs, set of 4", "Vikombe vya bati, seti ya 4"),
            (
                "White enamel with a blue rim. They survive every fall.",
                "Vikombe vyeupe vyenye ukingo wa bluu. Havivunjiki vikianguka."
            )
        ),
        (
            "kanga", 900, 16, 0, ("Kanga pair", "Kanga jozi"),
            (
                "Two cotton kangas with the saying “Haraka haraka haina baraka”.",
                "Kanga mbili za pamba zenye methali “Haraka haraka haina baraka”."
            )
        ),
    ]
}
