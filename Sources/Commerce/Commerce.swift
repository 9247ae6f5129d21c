// Placeholder until the first file of Commerce stands.
