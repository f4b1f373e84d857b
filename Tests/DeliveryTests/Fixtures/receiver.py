"""What webhooks and mails are sent to in the tests: HTTP and SMTP servers that misbehave on request.

Prints one line of JSON with its ports and its certificate authority, and lives until its standard
input ends. What a server receives is appended to FOLDER/TAG.jsonl before it answers.

HTTP:  POST /TAG/ACTION; what an action does stands at its name in `answer`.
SMTP:  the recipient ACTION@TAG.example; what an action does stands in `Mails`.
"""

import asyncio
import base64
import email
import email.policy
import json
import socket
import ssl
import struct
import sys
from urllib.parse import parse_qs, urlsplit

import trustme
from aiosmtpd.smtp import SMTP, AuthResult
from standardwebhooks import Webhook

FOLDER = sys.argv[1]
PORTS = {}
COUNTS = {}


def record(tag, entry):
    with open(f"{FOLDER}/{tag}.jsonl", "a") as file:
        file.write(json.dumps(entry) + "\n")


def is_signed(secret, headers, body):
    try:
        Webhook(secret).verify(body, headers)
        return True
    except Exception:
        return False


def reset(writer):
    """Closes the connection so that the other side sees a reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def http(reader, writer):
    answered = 0
    try:
        while line := await reader.readline():
            path = line.split()[1].decode()
            headers = {}
            while (line := await reader.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode().partition(":")
                headers[name.strip().lower()] = value.strip()
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            url = urlsplit(path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            tag, action, *rest = url.path.lstrip("/").split("/")
            record(tag, {
                "path": url.path, "headers": headers, "body": base64.b64encode(body).decode(),
                "signed": is_signed(query["secret"], headers, body) if "secret" in query else None,
            })
            if not await answer(writer, tag, action, rest, query, answered):
                break
            answered += 1
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def answer(writer, tag, action, rest, query, answered):
    """Answers one request; says whether the connection goes on."""

    async def send(status, body=b"", *headers):
        lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        return True

    match action:
        case "ok":
            return await send(204)
        case "status":  # status/503?retry-after=7
            headers = [f"{name}: {value}" for name, value in query.items() if name != "secret"]
            if rest[0].startswith("3"):
                headers.append(f"location: http://127.0.0.1:{PORTS['http']}/{tag}/ok")
            return await send(int(rest[0]), b"told so", *headers)
        case "sequence":  # sequence/503,204: one status after the other, the last for ever
            statuses = rest[0].split(",")
            count = COUNTS.get(tag, 0)
            COUNTS[tag] = count + 1
            return await send(int(statuses[min(count, len(statuses) - 1)]))
        case "large":
            return await send(200, b"x" * 1_000_000)
        case "early":  # an interim answer first
            writer.write(b"HTTP/1.1 103 Early Hints\r\nretry-after: 9\r\n\r\n")
            return await send(429)
        case "drip":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        case "silent":
            await asyncio.sleep(3600)
        case "reset":
            reset(writer)
        case "once":  # answers one request of a connection and resets at the next
            if answered == 0:
                return await send(204)
            reset(writer)
        case "garbage":
            writer.write(b"what is it you want?\r\n\r\n")
    return False


class Mails:
    """Takes mails; the recipient's name may be s550, r451, d554, drop or hang.

    The letter says where the code is given: at MAIL (the sender's name), at RCPT, or after the dot.
    """

    async def handle_MAIL(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name.startswith("s") and name[1:].isdigit():
            return f"{name[1:]} not from you"
        envelope.mail_from = address
        return "250 fine"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name, _, domain = address.partition("@")
        if name.startswith("r") and name[1:].isdigit():
            record(domain.split(".")[0], {"to": address, "refused": name[1:]})
            return f"{name[1:]} not to them"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        name, _, domain = envelope.rcpt_tos[0].partition("@")
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {
            part.get_content_type(): part.get_content()
            for part in message.walk() if not part.is_multipart()
        }
        record(domain.split(".")[0], {
            "from": envelope.mail_from, "to": envelope.rcpt_tos[0],
            "data": base64.b64encode(envelope.content).decode(),
            "headers": {key.lower(): str(value) for key, value in message.items()},
            "type": message.get_content_type(), "parts": parts,
            "defects": [str(defect) for part in message.walk() for defect in part.defects],
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "login": session.auth_data.decode() if session.authenticated else None,
            "peer": session.peer[1],
        })
        if name == "drop":
            server.transport.abort()
        if name == "hang":
            await asyncio.sleep(3600)
        if name.startswith("d") and name[1:].isdigit():
            return f"{name[1:]} not that"
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    if data.password != b"right":
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=data.login)


async def main():
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    old = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(old)
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")

    def smtp(**options):
        return lambda: SMTP(Mails(), hostname="localhost", enable_SMTPUTF8=True, **options)

    loop = asyncio.get_running_loop()
    # Clients that break off are what the tests are about.
    loop.set_exception_handler(lambda loop, context: None)
    host = "127.0.0.1"
    login = {"authenticator": authenticate, "auth_required": True}
    servers = {
        "http": await asyncio.start_server(http, host, 0),
        "https": await asyncio.start_server(http, host, 0, ssl=context),
        "oldTLS": await asyncio.start_server(http, host, 0, ssl=old),
        "smtp": await loop.create_server(smtp(), host, 0),
        "startTLS": await loop.create_server(
            smtp(tls_context=context, require_starttls=True, **login), host, 0),
        "smtps": await loop.create_server(
            smtp(auth_require_tls=False, **login), host, 0, ssl=context),
    }
    for name, server in servers.items():
        PORTS[name] = server.sockets[0].getsockname()[1]
    certificate = authority.cert_pem.bytes().decode()
    print(json.dumps({"ports": PORTS, "certificate": certificate}), flush=True)
    # The tests' process holds the other end, so its death is ours.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
