// Placeholder until the first file of PluginHost stands.
