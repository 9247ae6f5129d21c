// Placeholder until the first file of PaymentKit stands.
