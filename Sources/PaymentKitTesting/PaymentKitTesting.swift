// Placeholder until the first file of PaymentKitTesting stands.
