"""What the usual services speak, and who speaks first; names are those of services.tsv."""

_SPEECH: dict[str, str] = {
    "SSH": "ssh ssh-alt",
    "VNC": "vnc vnc-1",
    "SMTP": "smtp submission smtp-alt",
    "FTP": "ftp ccproxy-ftp",
    "POP3": "pop3",
    "IMAP": "imap",
    "MySQL": "mysql",
    "rsync": "rsync",
    "Telnet": "telnet",
    "Redis": "redis",
    "PostgreSQL": "postgresql",
    "RDP": "rdp",
    "SMB": "smb",
    "HTTP": (
        "http nginx-proxy-manager http-alt http-3000 http-4040 http-8000 http-8008 http-8081 http-8083"
        " http-8088 http-8880 http-8888 http-9000 http-9001 http-9090 http-9999 http-18080 squid-http ipp"
        " v2raya cpanel whm immich docker uptime-kuma navidrome nomad dsm overseerr vite alist kibana"
        " qinglong vnc-http couchdb wsman novnc aria2 frp-dashboard neo4j gradio radarr odoo influxdb"
        " jellyfin deluge-web home-assistant vault syncthing-gui consul wsus lidarr sonarr transmission"
        " alertmanager jackett elasticsearch prowlarr ddns-go ollama rabbitmq-web emqx lucky netdata plex"
        " solr wg-easy kubelet-read kube-proxy privoxy"
    ),
    "TLS": (
        "https imaps pop3s submissions ldaps ftps telnets domain-s sips stuns amqps ircs-u syslog-tls"
        " secure-mqtt https-2053 https-2096 https-4443 https-8443 https-9443 cpanel-tls whm-tls docker-s"
        " dsm-tls wsmans kube-apiserver proxmox proxmox-backup matrix-federation jellyfin-s kubelet"
        " msft-gc-ssl amt-soap-https"
    ),
}
_SPEECH_OF = {name: speech for speech, names in _SPEECH.items() for name in names.split()}
_GREETS_FIRST = frozenset({"SSH", "VNC", "SMTP", "FTP", "POP3", "IMAP", "MySQL", "rsync"})
# TLS that carries something else than HTTP.
_NO_WEB = frozenset(
    {"imaps", "pop3s", "submissions", "ldaps", "ftps", "telnets", "domain-s", "sips", "stuns", "amqps"}
    | {"ircs-u", "syslog-tls", "secure-mqtt", "msft-gc-ssl"}
)
_WAITS = frozenset({"HTTP", "TLS", "Redis", "PostgreSQL", "RDP", "SMB"})
_ALSO_WAITS = frozenset({"netbios-ssn", "ldap", "domain", "mqtt", "rtsp"})


def usual_speech(service: str | None) -> str | None:
    """The protocol that a service of this name speaks, None when we do not know."""
    return _SPEECH_OF.get(service) if service else None


def greets_first(service: str | None) -> bool:
    """Whether a server of this name speaks before its client does."""
    return usual_speech(service) in _GREETS_FIRST


def waits_for_client(service: str | None) -> bool:
    """Whether a server of this name is known to be silent until its client speaks."""
    return service in _ALSO_WAITS or usual_speech(service) in _WAITS


def is_web(service: str | None) -> bool:
    """Whether TLS at a service of this name usually carries HTTP; an unknown one may."""
    return service not in _NO_WEB
