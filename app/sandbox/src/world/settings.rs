//! What can be switched on a server while it lives.

/// A server's switches. The defaults are those of today's AWS images and accounts: the metadata service wants tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `disableApiTermination`.
    pub(crate) termination_protected: bool,
    /// `disableApiStop`, which keeps it from being terminated as well.
    pub(crate) stop_protected: bool,
    /// `instanceInitiatedShutdownBehavior` is `terminate`.
    pub(crate) ends_at_shutdown: bool,
    pub(crate) source_dest_check: bool,
    pub(crate) ebs_optimized: bool,
    /// Detailed monitoring.
    pub(crate) monitored: bool,
    pub(crate) metadata: MetadataOptions,
}

/// How a server's metadata service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MetadataOptions {
    /// `httpTokens` is `required`: version 2 alone.
    pub(crate) tokens_required: bool,
    /// From 1 to 64.
    pub(crate) hop_limit: u8,
    pub(crate) enabled: bool,
    pub(crate) ipv6: bool,
    /// Whether it tells the server's tags.
    pub(crate) tags: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            termination_protected: false,
            stop_protected: false,
            ends_at_shutdown: false,
            source_dest_check: true,
            ebs_optimized: true,
            monitored: false,
            metadata: MetadataOptions::default(),
        }
    }
}

impl Default for MetadataOptions {
    fn default() -> MetadataOptions {
        MetadataOptions { tokens_required: true, hop_limit: 2, enabled: true, ipv6: false, tags: false }
    }
}
