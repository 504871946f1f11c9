//! Reads the fleet through the AWS SDK.
