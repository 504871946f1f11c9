//! How each service words the errors that faults bring.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use jiff::{Timestamp, tz::TimeZone};

use super::verdict::Refused;
use crate::{
    service::Service,
    wire::{Protocol, fault::Fault, time},
};

/// AWS's own words for too many requests ("Query API request rate" for EC2, "Common errors" of the query services, the
/// errors of Image Builder's and SSM's models).
fn throttled(service: Service) -> Fault {
    match service.protocol() {
        Protocol::Ec2 => Fault::new("RequestLimitExceeded", "Request limit exceeded.").with_status(503),
        Protocol::Query(_) => Fault::new("Throttling", "Rate exceeded"),
        Protocol::RestJson => Fault::new("CallRateLimitExceededException", "Rate exceeded").with_status(429),
        Protocol::Json => Fault::new("ThrottlingException", "Rate exceeded"),
    }
}

fn internal(service: Service) -> Fault {
    let code = match (service.protocol(), service) {
        (Protocol::Ec2, _) => "InternalError",
        (Protocol::RestJson, _) => "ServiceException",
        (_, Service::Ssm) => "InternalServerError",
        _ => "InternalFailure",
    };
    Fault::new(code, "An internal error has occurred").with_status(500)
}

fn unavailable(service: Service) -> Fault {
    let code = match service.protocol() {
        Protocol::Ec2 => "Unavailable",
        Protocol::Query(_) => "ServiceUnavailable",
        Protocol::Json | Protocol::RestJson => "ServiceUnavailableException",
    };
    Fault::new(code, "The service is unavailable. Please try again shortly.").with_status(503)
}

fn expired(service: Service) -> Fault {
    let token = "The security token included in the request is expired";
    match service.protocol() {
        Protocol::Ec2 => Fault::new("RequestExpired", "Request has expired."),
        Protocol::Query(_) => Fault::new("ExpiredToken", token).with_status(403),
        Protocol::Json => Fault::new("ExpiredTokenException", token),
        Protocol::RestJson => Fault::new("ExpiredTokenException", token).with_status(403),
    }
}

/// EC2 does not tell a wrong clock from wrong credentials.
fn skewed(service: Service, clock: Timestamp, signed: Timestamp) -> Fault {
    let bound = |minutes: i64| amz_date(super::past::ago(clock, minutes * 60));
    let message = if signed < clock {
        format!(
            "Signature expired: {} is now earlier than {} ({} - 5 min.)",
            amz_date(signed),
            bound(5),
            amz_date(clock)
        )
    } else {
        let (signed, clock) = (amz_date(signed), amz_date(clock));
        format!("Signature not yet current: {signed} is still later than {} ({clock} + 5 min.)", bound(-5))
    };
    match service.protocol() {
        Protocol::Ec2 => service.unknown_key(),
        Protocol::Query(_) => Fault::new("SignatureDoesNotMatch", message).with_status(403),
        Protocol::Json => Fault::new("InvalidSignatureException", message),
        Protocol::RestJson => Fault::new("InvalidSignatureException", message).with_status(403),
    }
}

/// The error that the service gives.
pub(crate) fn of(refused: Refused, service: Service) -> Fault {
    match refused {
        Refused::Throttled => throttled(service),
        Refused::Internal => internal(service),
        Refused::Unavailable => unavailable(service),
        Refused::Expired => expired(service),
        Refused::Skewed { clock, signed } => skewed(service, clock, signed),
    }
}

/// A page for people, as a load balancer gives it when what is behind it fails.
const HTML_PAGE: &str = "<html>\r\n<head><title>500 Internal Server Error</title></head>\r\n\
    <body>\r\n<center><h1>500 Internal Server Error</h1></center>\r\n</body>\r\n</html>\r\n";

/// An answer that is no service's.
pub(crate) fn html_page(now: Timestamp) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(HTML_PAGE.as_bytes()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    if let Ok(date) = HeaderValue::from_str(&time::http_date(now)) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// A time as signatures have it: `20261102T080000Z`.
fn amz_date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Reads what [`amz_date`] writes.
pub(crate) fn parse_amz_date(text: &str) -> Option<Timestamp> {
    jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn each_service_has_its_own_code_and_status() {
        let at = |text| parse_amz_date(text).unwrap();
        let skew = Refused::Skewed { clock: at("20261102T081000Z"), signed: at("20261102T080000Z") };
        let cases = [
            (Refused::Throttled, Service::Ec2, 503, "RequestLimitExceeded"),
            (Refused::Throttled, Service::AutoScaling, 400, "Throttling"),
            (Refused::Throttled, Service::ImageBuilder, 429, "CallRateLimitExceededException"),
            (Refused::Throttled, Service::Ssm, 400, "ThrottlingException"),
            (Refused::Internal, Service::Ec2, 500, "InternalError"),
            (Refused::Internal, Service::AutoScaling, 500, "InternalFailure"),
            (Refused::Internal, Service::ImageBuilder, 500, "ServiceException"),
            (Refused::Internal, Service::Ssm, 500, "InternalServerError"),
            (Refused::Unavailable, Service::Ec2, 503, "Unavailable"),
            (Refused::Unavailable, Service::Sts, 503, "ServiceUnavailable"),
            (Refused::Unavailable, Service::ImageBuilder, 503, "ServiceUnavailableException"),
            (Refused::Expired, Service::Ec2, 400, "RequestExpired"),
            (Refused::Expired, Service::Sts, 403, "ExpiredToken"),
            (Refused::Expired, Service::Ssm, 400, "ExpiredTokenException"),
            (skew, Service::Ec2, 401, "AuthFailure"),
            (skew, Service::AutoScaling, 403, "SignatureDoesNotMatch"),
            (skew, Service::Ssm, 400, "InvalidSignatureException"),
        ];
        for (refused, service, status, code) in cases {
            let fault = of(refused, service);
            assert_eq!((fault.status, &*fault.code), (status, code), "{refused:?} {service:?}");
        }
    }

    #[test]
    fn a_wrong_clock_is_told_with_both_times() {
        let at = |text| parse_amz_date(text).unwrap();
        let message =
            |clock, signed| of(Refused::Skewed { clock: at(clock), signed: at(signed) }, Service::Sts).message;
        assert_eq!(
            message("20261102T081000Z", "20261102T080000Z"),
            "Signature expired: 20261102T080000Z is now earlier than 20261102T080500Z (20261102T081000Z - 5 min.)"
        );
        assert_eq!(
            message("20261102T075000Z", "20261102T080000Z"),
            "Signature not yet current: 20261102T080000Z is still later than 20261102T075500Z (20261102T075000Z + 5 min.)"
        );
    }

    #[test]
    fn only_a_date_is_read_as_one() {
        for bad in ["", "20261102", "20261332T000000Z", "2026-11-02T08:00:00Z", "20261102T080000Z ", "é"] {
            assert_eq!(parse_amz_date(bad), None, "{bad}");
        }
    }
}
