"""The ways to AWS that a company's network asks for: a proxy, and certificates of its own."""

import datetime
import socket
import ssl
from http.server import ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import HARBOR
from forwarding import forwarder, serving

SCOPE = ("--region", "eu-west-1", "--format", "json")


@pytest.fixture
def keys(url_and_logins):
    """Credentials of the sandbox's production account, as the environment gives them."""
    login = url_and_logins[1][HARBOR["account"]["prod"]["id"]]
    return {"AWS_ACCESS_KEY_ID": login.access_key_id, "AWS_SECRET_ACCESS_KEY": login.secret_access_key}


def signed(name, key, issuer, issuer_key, extension):
    """A certificate for a day."""
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(extension, critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def certificates(folder):
    """A company's own authority, and localhost's certificate with its key, as files."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    is_authority = x509.BasicConstraints(ca=True, path_length=0)
    authority = signed("Harbor authority", authority_key, "Harbor authority", authority_key, is_authority)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    leaf = signed("localhost", key, "Harbor authority", authority_key, names)
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    authority_file, chain = folder / "authority.pem", folder / "localhost.pem"
    authority_file.write_bytes(authority.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password)
    chain.write_bytes(leaf.public_bytes(pem) + secret)
    return authority_file, chain


@pytest.fixture
def behind_tls(url_and_logins, tmp_path):
    """The sandbox behind TLS with a certificate that no system trusts: its address and the authority's file."""
    authority, chain = certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server = ThreadingHTTPServer(("127.0.0.1", 0), forwarder(url_and_logins[0], []))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server) as port:
        yield f"https://localhost:{port}", authority


def servers_of(ended):
    assert ended.status in (0, 3), ended.err
    return len(ended.report["servers"])


def test_a_proxy_of_the_environment_is_used(emberline, url_and_logins, keys):
    seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), forwarder(url_and_logins[0], seen))
    with serving(server) as port:
        ended = emberline.run(
            "report", "--endpoint-url", "http://proxied.amazonaws.com", *SCOPE,
            **keys, HTTP_PROXY=f"http://127.0.0.1:{port}",
        )  # fmt: skip
    assert servers_of(ended) > 250
    assert seen and all(request.target.startswith("http://proxied.amazonaws.com/") for request in seen)


def test_no_proxy_is_used_where_the_environment_says_so(emberline, url_and_logins, keys):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        dead = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    ended = emberline.run(
        "report", "--endpoint-url", url_and_logins[0], *SCOPE, **keys, HTTP_PROXY=dead, NO_PROXY="127.0.0.1"
    )
    assert servers_of(ended) > 250


def test_a_certificate_that_nobody_vouches_for_is_refused(emberline, behind_tls, keys):
    url, _ = behind_tls
    ended = emberline.run("report", "--endpoint-url", url, *SCOPE, **keys)
    assert ended.status == 1
    assert "certificate" in ended.err.lower(), ended.err


@pytest.mark.parametrize("way", ["flag", "environment"])
def test_a_bundle_of_certificates_is_trusted(emberline, behind_tls, keys, way):
    url, authority = behind_tls
    flag = ("--ca-bundle", authority) if way == "flag" else ()
    named = {"AWS_CA_BUNDLE": authority} if way == "environment" else {}
    ended = emberline.run("report", "--endpoint-url", url, *flag, *SCOPE, **keys, **named)
    assert servers_of(ended) > 250
