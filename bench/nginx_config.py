"""The configuration of the nginx that is the limit: one port for each answer, `return` of the bytes that Holdfast sent."""

# What nginx writes by itself, so that it is not written twice. Everything else that Holdfast sent is sent by nginx too.
OWN_HEADERS = {"date", "server", "connection", "content-length", "content-type", "keep-alive", "transfer-encoding"}
LONGEST_TOKEN = 4000  # nginx refuses a longer one (its buffer is 4,096 bytes)


def quote(text):
    """One nginx token. `$` cannot be escaped, so it comes from the variable of the same meaning that `config` declares."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("$", "${dollar}") + "'"


def pieces(text):
    """Splits by bytes, at characters."""
    parts, size = [""], 0
    for character in text:
        width = len(character.encode())
        if size + width > LONGEST_TOKEN:
            parts.append("")
            size = 0
        parts[-1] += character
        size += width
    return parts


def answer(sample):
    """The lines of a location that answers as the sample did."""
    lines = [f"default_type {quote(dict(lowered(sample.headers)).get('content-type', 'application/octet-stream'))};"]
    lines += [f"add_header {quote(name)} {quote(value)};" for name, value in sample.headers if name.lower() not in OWN_HEADERS]
    parts = pieces(sample.body.decode())
    if len(parts) == 1:
        return lines + [f"return {sample.status} {quote(parts[0])};"]
    lines += [f"set $part{number} {quote(part)};" for number, part in enumerate(parts)]
    return lines + [f"return {sample.status} \"{''.join(f'$part{number}' for number in range(len(parts)))}\";"]


def lowered(headers):
    return [(name.lower(), value) for name, value in headers]


def server(port, sample, access_log):
    return "\n".join([
        "  server {",
        f"    listen 127.0.0.1:{port} reuseport;",
        f"    access_log {access_log};",
        "    location / {",
        *(f"      {line}" for line in answer(sample)),
        "    }",
        "  }",
    ])


def config(folder, workers, servers, as_root):
    """`servers`: (port, sample, access log file or None)."""
    temporary = "\n".join(f"  {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    listeners = "\n".join(server(port, sample, log or "off") for port, sample, log in servers)
    return f"""{"user root;" if as_root else ""}
worker_processes {workers};
daemon off;
pid {folder}/nginx.pid;
error_log /dev/null crit;
events {{ worker_connections 1024; }}
http {{
{temporary}
  geo $dollar {{ default "$"; }}
  keepalive_requests 1000000000;
  keepalive_timeout 75s;
  server_tokens off;
  tcp_nodelay on;
{listeners}
}}
"""
