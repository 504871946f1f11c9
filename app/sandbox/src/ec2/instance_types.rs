//! What a server type's name tells: whether it can be one, its architecture, its virtual CPUs.

use crate::wire::fault::Fault;

/// Whether EC2 could have a type of this name: a family and a size, such as `m6i.2xlarge`.
fn is_type(name: &str) -> bool {
    let Some((family, size)) = name.split_once('.') else { return false };
    let family_fits = family.starts_with(|char: char| char.is_ascii_lowercase())
        && family.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && family.bytes().any(|byte| byte.is_ascii_digit());
    let times = |text: &str| text.is_empty() || text.bytes().all(|byte| byte.is_ascii_digit());
    let size_fits = match size {
        "nano" | "micro" | "small" | "medium" | "large" | "metal" => true,
        other => {
            other.strip_suffix("xlarge").is_some_and(times)
                || other
                    .strip_prefix("metal-")
                    .and_then(|rest| rest.strip_suffix("xl"))
                    .is_some_and(|digits| !digits.is_empty() && times(digits))
        }
    };
    family_fits && size_fits && name.len() <= 32
}

/// The architecture of a type: what is named after Graviton has a `g` behind its generation's number (`m7gd`).
pub(super) fn architecture(name: &str) -> &'static str {
    let family = name.split('.').next().unwrap_or_default();
    let attributes = family.trim_start_matches(|char: char| !char.is_ascii_digit());
    if family == "a1" || attributes.contains('g') { "arm64" } else { "x86_64" }
}

/// Refuses what is no type, and one of another architecture than the image's.
///
/// # Errors
/// `InvalidParameterValue`.
pub(super) fn check(name: &str, image_architecture: &str) -> Result<(), Fault> {
    if !is_type(name) {
        return Err(Fault::invalid(format!("Invalid value '{name}' for InstanceType.")));
    }
    let own = architecture(name);
    if own != image_architecture {
        return Err(Fault::invalid(format!(
            "The architecture '{own}' of the specified instance type does not match the architecture \
             '{image_architecture}' of the specified AMI. Specify an instance type and an AMI that have matching \
             architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the \
             architecture of the instance type or AMI."
        )));
    }
    Ok(())
}

/// How many virtual CPUs a type has, by AWS's naming: `large` 2, `xlarge` 4, `4xlarge` 16.
pub(super) fn cores(name: &str) -> u32 {
    let size = name.split('.').nth(1).unwrap_or_default();
    match size.strip_suffix("xlarge") {
        Some("") => 4,
        Some(times) => times.parse::<u32>().map_or(2, |times| times.saturating_mul(4)),
        None => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_its_form() {
        for name in ["t3.micro", "m1.small", "m6i.2xlarge", "c7gd.metal", "u-6tb1.112xlarge", "m7i.metal-24xl"] {
            assert!(is_type(name), "{name}");
        }
        for name in ["", "t3", "t3.", ".large", "t3.huge", "T3.micro", "web.large", "m6i.xxlarge", "m7i.metal-xl"] {
            assert!(!is_type(name), "{name}");
        }
    }

    #[test]
    fn graviton_is_told_by_its_letter() {
        let cases = [("m6g.large", "arm64"), ("t4g.small", "arm64"), ("a1.large", "arm64"), ("x2gd.large", "arm64")];
        for (name, want) in cases.into_iter().chain([("g4dn.xlarge", "x86_64"), ("m6i.large", "x86_64")]) {
            assert_eq!(architecture(name), want, "{name}");
        }
        assert!(check("m6g.large", "x86_64").is_err() && check("m6g.large", "arm64").is_ok());
        assert_eq!((cores("m6i.xlarge"), cores("m6i.16xlarge"), cores("t3.micro")), (4, 64, 2));
    }
}
