"""Logins: what is one behind a key, in a sentence, a domain or a URL."""

from __future__ import annotations

import re

from casecli.scrub.validators.placeholders import I18N, MASKED, TO_FILL_IN
from casecli.scrub.validators.registry import validator
from casecli.scrub.wordlists import wordlist

USER_STOP = frozenset(
    b"""root admin administrator nobody daemon bin sys system service guest anonymous
    unknown invalid illegal name from for is was to on at by in of with the a an and or
    not has had null none true false yes no user users username id new old all any
    other default local network shared public postgres mysql oracle www-data apache
    nginx sshd ftp mail news uucp man games lp sync shutdown halt operator ubuntu
    centos ec2-user vagrant docker jenkins git hdfs yarn hadoop spark authority nt
    session login logged logout agent agents error failed failure account password
    does did can cannot must should will who that this it via as type info data
    authentication auth check pass request input output mode group role space land
    interface level process mapping phone ip client profile profiles settings defined
    supplied specified equals equal notequals notin exists doesnotexist contains like
    between matches greaterthan lessthan startswith endswith
    await async class struct interface table relation schema view sequence function
    database column path file encrypted
    key port topic queue
    option current_user session_user system_user form.email.value
    data-dir all_users allusers defaultuser lost+found .ssh runner home 0 me self
    username benutzername anmeldename benutzerkennung identifiant gebruikersnaam
    brugernavn brukernavn
    linuxbrew event_scheduler nicht keine geen niet aucun ninguno ingen
    disconnected aborted freeswitch
    enable_0 enable_1 enable_00 enable_15
    anonymoususer ec0-user - -1 ? n/a uid gid tty rhost ruser""".split()
)


@validator
def user(value: bytes, before: bytes, after: bytes) -> bool:
    """Take login names of people; not roles every system has, ids or words."""
    name = value.lower().rstrip(b".:,")
    if name in USER_STOP or MASKED.fullmatch(value) or TO_FILL_IN.fullmatch(value):
        return False
    if name in _DAYS and after[:1] != b"@":
        return False
    if _COLUMN.fullmatch(name) or _ATTRIBUTE.match(value) or _CODE.match(name):
        return False
    if name.endswith(_UNITS) and before[-1:].isspace():
        return False
    if _WELL_KNOWN.fullmatch(name) or _DEFAULT.search(before):
        return False
    if name in _ANNOTATIONS and before.rstrip().endswith(b":"):
        return False
    if I18N.search(before) or (_UUID.fullmatch(value) and _UID.search(before)):
        return False
    return bool(re.search(rb"[a-z\x80-\xff]", name)) and (
        after[:1] not in {b"(", b"["} or _NUMBERED.match(after) is not None
    )


# Days, which a login behind ssh may be called as well: mon@192.0.2.1.
_DAYS = frozenset(b"mon tue wed thu fri sat sun".split())
_NUMBERED = re.compile(rb"\((?:uid[ =]|\d)")
# What Windows calls its own accounts and groups by: S-1-5-18, S-1-5-32-544.
_WELL_KNOWN = re.compile(rb"s-\d-\d{1,2}-\d{1,2}(?:-\d{1,3})?")
# Behind this is what is taken where nothing is configured: ${DB_USER:app}.
_DEFAULT = re.compile(rb"\$\{[\w.\-]{1,60}:-?$")
# What systemd calls what it starts.
_UNITS = (b".slice", b".service", b".scope", b".socket", b".timer", b".target")
# What a program calls a login's type: `user: str`.
_ANNOTATIONS = frozenset(
    b"""str string number int integer bool boolean float double bytes dict list tuple
    set varchar text uuid optional any object char long byte date datetime bigint
    uint""".split()
)
# What Kubernetes tells its objects by.
_UUID = re.compile(rb"[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}")
_UID = re.compile(rb"(?i)(?<![a-z_])uid\W{1,6}$")


_COLUMN = re.compile(rb"[a-z]{1,3}\d?\.(?:\w+_)?(?:id|uid|name|login|user|by)")
# What a program gets a login from: props.userName.
_CODE = re.compile(
    rb"(?:props|this|self|form|req|request|params|args|opts|options|event|state|ctx|res"
    rb"|response|body|query|dto|process|os|config|settings)\.[a-z_]+(?:\.[a-z_]+)*$"
)
_ATTRIBUTE = re.compile(rb"Attribute[A-Z]")  # the next key, in T-Library's messages


@validator
def login(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take a login name where an everyday word might stand as well."""
    word = value.decode("utf-8", "replace").lower()
    if word in wordlist("common") or word.rstrip("s") in wordlist("common"):
        return False
    return user(value, b"", b"")


@validator
def login_told(value: bytes, before: bytes, after: bytes) -> bool:
    """Take a login that a sentence tells: no everyday word, program or participle."""
    word = value.lower()
    if word in _NO_LOGIN or _INFLECTED.search(word):
        return False
    return login(value, before, after)


_INFLECTED = re.compile(
    rb"^[a-z]+(?:ing|[^s]tion|sion|ment|ness|ity|able|ible|ware|[bcdfghklmnprstvwz]ed"
    rb"|ately|ally)$"
)
# What else starts, closes and changes things, and does so in prose.
_NO_LOGIN = frozenset(
    b"""usual friendly standalone ok soon later
    accident acquirer addon alertmanager aliases allen allocator anacron another ansible
    anybody anyone apparmor architecture argocd assistant attrs auditd author
    autodoc autoscaler backoffice backuppc bacula balancer bareos bidder bot
    buildkit buyer callee chat chatbot checker checksum chef chronyd clicking
    cliente cmake colleagues commvault compiler consensus constraint consul
    containerd contract contributors courier coverity crawler cron crond cronjob
    crowdstrike daemonset das dbus deadlock debugger defaut defecto defender dem den
    dependabot der dhclient dhcpd dialer die dir distutils doctor downgrade
    downstream dpkg dynatrace einem einer employer erreur error euch everybody
    everyone exporter fail2ban fax fiat flux flyway focus follower fork forks
    formatter fraud frontoffice garbage gpg gradle gzip hand haproxy helm helpdesk
    herself hibernate himself hotline hypervisor icinga ihm ihnen importer inetd
    insertions inspector installer interrupt intune iptables issuer itself janitor
    jboss jedem journald kaniko keycloak kubelet landlord launchd law lawyer leader
    legato letter libpng linter liquibase logind logrotate lsass mail makefile
    manufacturer maven mcafee mediator merchant mir mistake mongod msiexec
    multiprocessing mypy myself mysqld nagios netbackup networkd nftables niemand
    nightly nobody nohup nomad ntpd nurse okta oomkiller opcmsg openssl opsgenie
    optimizer originator others ourselves overflow pagerduty patrol payer phone
    physician podman policies poller primary protoc puppet pytest quota reaper
    recipient registrar regulator remotely renovate rsync rsyslog runc salt sccm
    scraper selbst selinux sentinel servicenow setuptools siehe sigkill sigterm
    sistem sistema softswitch somebody someone sophos spamassassin splunk sponsor
    standby subclass subclasses sudo supervisord supplier svchost sweeper symantec
    sysctl systemctl systemd systeme taskhost technician tekton telephone terraform
    themselves tivoli tmux transcoder trustedinstaller udev ufw unbound uns upstream
    userspace usuario varnish vault vcenter veeam vendor volunteers vote watchdog
    quotas namespace namespaces lockout journey widget menu hive slice slices macros
    interrupts picture privilege
    websphere what which whom whose wildfly winlogon wizard wuauserv xinetd yourself
    zabbix""".split()
)


_NO_DOMAIN = frozenset(
    b"""HKLM HKCU HKCR HKU HKEY NT BUILTIN DEVICE REGISTRY IIS NULL SYSTEM FONT WINDOWS
    GLOBAL LOCAL""".split()
)


@validator
def domain_user(value: bytes, before: bytes, after: bytes) -> bool:
    r"""Take `DOMAIN\user`; not registry keys, built-in accounts or escapes."""
    domain, _, name = value.partition(b"\\")
    name = name.lstrip(b"\\")
    if domain.upper() in _NO_DOMAIN or re.fullmatch(rb"[nrtbfxu]\w{0,2}", name):
        return False
    return user(name, before, after)


_SHARED_LOGINS = frozenset(
    b"git root admin guest postgres oauth2 default token anonymous".split()
)


@validator
def user_in_url(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take whoever a URL logs in as, unless it is the one everybody has."""
    return value.lower() not in _SHARED_LOGINS and not _DIGEST.match(after)


_DIGEST = re.compile(rb"@sha\d{3}:")  # an image's: docker-pullable://nginx@sha256:…
