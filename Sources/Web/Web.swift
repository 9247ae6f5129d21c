// Placeholder until the first file of Web stands.
