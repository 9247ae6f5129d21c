// Placeholder until the first file of HTTPServer stands.
