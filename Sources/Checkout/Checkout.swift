// Placeholder until the first file of Checkout stands.
