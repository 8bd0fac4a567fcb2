"""What a team's database holds everybody to, whatever their program sends.

Steps of `desk_migrate.py`. Each person has a login of their own; `login` says whom it
stands for, and row-level security and triggers do the rest: nobody reads another
account's case or internal talk, speaks for somebody else, or does what only agents do.
Whoever owns the tables is above all this, so the desk refuses to be worked by them.
"""

from __future__ import annotations

from casecli.backends.desk_tables import POSTGRES_TYPES, statements

SCHEMA = "casecli"
PEOPLE = "casecli_people"  # the role every admitted login is a member of
CHANNEL = "casecli_desk"

_WHO = (
    """CREATE TABLE login (
        login NAME PRIMARY KEY,
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        FOREIGN KEY (account, name, role) REFERENCES person (account, name, role))""",
    # A barrier: nobody's own function is run on a row that is not theirs.
    """CREATE VIEW me WITH (security_barrier = true) AS
        SELECT p.account, p.name, p.role, p.email,
            CASE p.role WHEN 'agent' THEN 'vendor' ELSE 'customer' END AS side
        FROM login AS l JOIN person AS p USING (account, name, role)
        WHERE l.login = session_user""",
    "CREATE SEQUENCE attachment_number",
    """ALTER TABLE event
        ADD COLUMN login NAME NOT NULL DEFAULT session_user,
        ADD COLUMN recorded_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()""",
)

_GUARDS = (
    """CREATE FUNCTION guard_counter() RETURNS trigger
        LANGUAGE plpgsql SET search_path = casecli, pg_temp AS $$
        BEGIN
            IF NEW.value <> OLD.value + 1 THEN
                RAISE insufficient_privilege USING MESSAGE = 'a counter goes by one';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER guard BEFORE UPDATE ON counter
        FOR EACH ROW EXECUTE FUNCTION guard_counter()""",
    # An inserted case is empty, so that the rules of an update hold for all of it.
    """CREATE FUNCTION guard_new_case() RETURNS trigger
        LANGUAGE plpgsql SET search_path = casecli, pg_temp AS $$
        BEGIN
            IF (NEW.body, NEW.status, NEW.updated_at) <> ('{}', 'open', '')
                OR NEW.owner IS NOT NULL
                OR NEW.number IS DISTINCT FROM 'CS-' || @number
                OR NEW.version IS DISTINCT FROM @event
                OR NEW.edited IS DISTINCT FROM NEW.version
            THEN
                RAISE insufficient_privilege
                    USING MESSAGE = 'a case begins empty, under the next number';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER guard_new BEFORE INSERT ON support_case
        FOR EACH ROW EXECUTE FUNCTION guard_new_case()""",
    """CREATE FUNCTION guard_case() RETURNS trigger
        LANGUAGE plpgsql SET search_path = casecli, pg_temp AS $$
        DECLARE
            was CONSTANT JSONB := OLD.body::jsonb;
            now CONSTANT JSONB := NEW.body::jsonb;
            made CONSTANT BOOLEAN := OLD.body = '{}';
        BEGIN
            IF NEW.version IS DISTINCT FROM @event
                OR NEW.edited NOT IN (OLD.edited, NEW.version)
                OR now->>'number' IS DISTINCT FROM NEW.number
                OR now->>'status' IS DISTINCT FROM NEW.status
                OR now->>'owner' IS DISTINCT FROM NEW.owner
                OR NEW.status NOT IN ('open', 'in-progress', 'waiting-on-customer',
                    'waiting-on-third-party', 'resolved', 'closed', 'cancelled')
            THEN
                RAISE insufficient_privilege
                    USING MESSAGE = 'the case contradicts itself or its event';
            END IF;
            IF @agent THEN
                RETURN NEW;
            END IF;
            IF now->>'owner' IS DISTINCT FROM was->>'owner'
                OR now->>'severity_agreed' IS DISTINCT FROM was->>'severity_agreed'
                OR now->>'vendor_updated_at' IS DISTINCT FROM was->>'vendor_updated_at'
                OR coalesce(now->'action_items', '[]')
                    <> coalesce(was->'action_items', '[]')
                OR (now->>'resolution' IS NOT NULL
                    AND now->>'resolution' IS DISTINCT FROM was->>'resolution')
            THEN
                RAISE insufficient_privilege
                    USING MESSAGE = 'this part of a case is for agents to set';
            END IF;
            IF NOT coalesce(CASE
                WHEN made THEN NEW.status = 'open'
                WHEN NEW.status = OLD.status THEN true
                WHEN NEW.status IN ('closed', 'cancelled')
                    THEN OLD.status NOT IN ('closed', 'cancelled')
                WHEN NEW.status = 'open' THEN OLD.status IN ('closed', 'resolved')
                WHEN NEW.status = 'in-progress'
                    THEN OLD.status = 'waiting-on-customer'
            END, false)
            THEN
                RAISE insufficient_privilege
                    USING MESSAGE = 'this step of a case is for agents to take';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER guard BEFORE UPDATE ON support_case
        FOR EACH ROW EXECUTE FUNCTION guard_case()""",
    """CREATE FUNCTION guard_finished_case() RETURNS trigger
        LANGUAGE plpgsql SET search_path = casecli, pg_temp AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM support_case WHERE number = NEW.number AND body = '{}')
            THEN
                RAISE insufficient_privilege USING MESSAGE = 'a case was left empty';
            END IF;
            RETURN NULL;
        END $$""",
    """CREATE CONSTRAINT TRIGGER guard_finished AFTER INSERT ON support_case
        DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION guard_finished_case()""",
    """CREATE FUNCTION guard_attachment() RETURNS trigger
        LANGUAGE plpgsql SET search_path = casecli, pg_temp AS $$
        DECLARE
            body CONSTANT JSONB := NEW.body::jsonb;
        BEGIN
            IF NEW.id IS DISTINCT FROM 'A' || currval('attachment_number')
                OR NEW.seq IS DISTINCT FROM @event
                OR body->>'id' IS DISTINCT FROM NEW.id
                OR body->>'key' IS DISTINCT FROM NEW.key
                OR body->>'author' IS DISTINCT FROM (SELECT m.name FROM me AS m)
                OR body->>'side' IS DISTINCT FROM (SELECT m.side FROM me AS m)
                OR (body->'size')::bigint IS DISTINCT FROM (
                    SELECT coalesce(sum(length(content)), 0)
                    FROM attachment_chunk WHERE attachment = NEW.id)
            THEN
                RAISE insufficient_privilege
                    USING MESSAGE = 'a file comes from its author, whole';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER guard BEFORE INSERT ON attachment
        FOR EACH ROW EXECUTE FUNCTION guard_attachment()""",
    """CREATE FUNCTION guard_escalation() RETURNS trigger
        LANGUAGE plpgsql SET search_path = casecli, pg_temp AS $$
        DECLARE
            was CONSTANT JSONB :=
                CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE OLD.body::jsonb END;
            now CONSTANT JSONB := NEW.body::jsonb;
        BEGIN
            IF now->>'id' IS DISTINCT FROM NEW.id
                OR now->>'state' IS DISTINCT FROM NEW.state
                OR @event IS NULL
                OR (TG_OP = 'INSERT' AND (NEW.seq IS DISTINCT FROM @event
                    OR NEW.id IS DISTINCT FROM 'E' || NEW.seq))
            THEN
                RAISE insufficient_privilege USING MESSAGE =
                    'the escalation contradicts itself or its event';
            END IF;
            IF @agent THEN
                RETURN NEW;
            END IF;
            -- A customer asks, agrees to a plan, and takes it back.
            IF now->>'owner' IS DISTINCT FROM was->>'owner'
                OR now->>'acknowledged_at' IS DISTINCT FROM was->>'acknowledged_at'
                OR now->>'respond_by' IS DISTINCT FROM was->>'respond_by'
                OR now->>'rejection' IS DISTINCT FROM was->>'rejection'
                OR now->>'action_plan' IS DISTINCT FROM was->>'action_plan'
                OR (TG_OP = 'INSERT' AND NEW.state <> 'requested')
                OR (TG_OP = 'UPDATE' AND (
                    now->>'requested_at' IS DISTINCT FROM was->>'requested_at'
                    OR now->>'reason' IS DISTINCT FROM was->>'reason'
                    OR NEW.state NOT IN (was->>'state', 'closed')
                    OR was->>'state' IN ('closed', 'rejected')))
            THEN
                RAISE insufficient_privilege
                    USING MESSAGE = 'this part of an escalation is for agents to set';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON escalation
        FOR EACH ROW EXECUTE FUNCTION guard_escalation()""",
    # Told by a digest only those who may read the case can make.
    """CREATE FUNCTION news_of(number TEXT, key TEXT) RETURNS TEXT
        LANGUAGE sql IMMUTABLE SET search_path = casecli, pg_temp
        AS $$ SELECT encode(sha256(convert_to(number || ':' || key, 'UTF8')), 'hex') $$
        """,
    f"""CREATE FUNCTION tell_event() RETURNS trigger
        LANGUAGE plpgsql SET search_path = casecli, pg_temp AS $$
        BEGIN
            PERFORM NEW.data::jsonb;
            PERFORM pg_notify('{CHANNEL}', news_of(c.number, c.key))
                FROM support_case AS c WHERE c.number = NEW.number;
            RETURN NULL;
        END $$""",
    """CREATE TRIGGER tell AFTER INSERT ON event
        FOR EACH ROW EXECUTE FUNCTION tell_event()""",
)

_POLICIES = (
    ("counter", "SELECT", "USING (true)"),
    ("counter", "UPDATE", "USING (@writer)"),
    (
        "account",
        "SELECT",
        "USING (@agent OR name = (SELECT m.account FROM me AS m))",
    ),
    ("person", "SELECT", "USING (@mine)"),
    ("contact", "SELECT", "USING (@mine)"),
    ("contact", "INSERT", "WITH CHECK (@writer AND @mine)"),
    ("contact", "UPDATE", "USING (@writer AND @mine)"),
    ("support_case", "SELECT", "USING (@mine)"),
    (
        "support_case",
        "INSERT",
        "WITH CHECK (@writer AND account = (SELECT m.account FROM me AS m))",
    ),
    ("support_case", "UPDATE", "USING (@writer AND @mine)"),
    (
        "comment",
        "SELECT",
        "USING ((@agent OR visibility = 'public') AND @case)",
    ),
    (
        "comment",
        "INSERT",
        r"""WITH CHECK (@writer AND @case
            AND (author, side) = (SELECT m.name, m.side FROM me AS m)
            AND seq = @event AND id = 'C' || seq
            AND at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$'
            AND at::timestamptz IS NOT NULL AND feed IN ('case', 'escalation')
            AND (visibility = 'public'
                OR visibility = 'internal' AND @agent))""",
    ),
    ("attachment", "SELECT", "USING (@case)"),
    ("attachment", "INSERT", "WITH CHECK (@writer AND @case)"),
    (
        "attachment_chunk",
        "SELECT",
        """USING (xmin = pg_current_xact_id_if_assigned()::xid
            OR EXISTS (SELECT FROM attachment AS a WHERE a.id = attachment))""",
    ),
    # Pieces go to the file this very session is bringing, before it is entered.
    (
        "attachment_chunk",
        "INSERT",
        """WITH CHECK (@writer
            AND attachment = 'A' || currval('attachment_number')
            AND n BETWEEN 0 AND 1048575 AND length(content) BETWEEN 1 AND 1048576
            AND NOT EXISTS (SELECT FROM attachment AS a WHERE a.id = attachment))""",
    ),
    ("escalation", "SELECT", "USING (@case)"),
    ("escalation", "INSERT", "WITH CHECK (@writer AND @case)"),
    ("escalation", "UPDATE", "USING (@writer AND @case)"),
    # The log holds internal talk too, and nobody else needs it.
    ("event", "SELECT", "USING (@agent)"),
    (
        "event",
        "INSERT",
        """WITH CHECK (@writer AND @case
            AND actor = (SELECT m.name FROM me AS m) AND seq = @event
            AND (kind NOT LIKE 'desk-%' OR @agent))""",
    ),
    ("delivery", "SELECT", "USING (@mine)"),
    (
        "delivery",
        "INSERT",
        """WITH CHECK (@writer AND @case
            AND account = (SELECT m.account FROM me AS m))""",
    ),
)


# A number counts only in the transaction that took it: nobody writes under another one,
# or under one that is past.
_TAKEN = """(SELECT n.value FROM counter AS n
    WHERE n.name = '{}' AND n.xmin = pg_current_xact_id()::xid)"""
_MACROS = (
    ("@mine", "(@agent OR account = (SELECT m.account FROM me AS m))"),
    ("@agent", "coalesce((SELECT m.role = 'agent' FROM me AS m), false)"),
    ("@writer", "coalesce((SELECT m.role <> 'read-only' FROM me AS m), false)"),
    ("@event", _TAKEN.format("event")),
    ("@number", _TAKEN.format("case")),
)


def _meant(statement: str) -> str:
    for macro, meaning in _MACROS:
        statement = statement.replace(macro, meaning)
    return statement


def _policy(table: str, act: str, rule: str) -> str:
    case = f"EXISTS (SELECT FROM support_case AS c WHERE c.number = {table}.number)"
    rule = _meant(rule.replace("@case", case))
    return f"CREATE POLICY may_{act.lower()} ON {table} FOR {act} {rule}"


_SHIELDED = tuple(dict.fromkeys(table for table, _, _ in _POLICIES))

_APPENDED = (
    "support_case",
    "comment",
    "attachment",
    "attachment_chunk",
    "escalation",
    "delivery",
    "contact",
)
_OF_A_CASE = "status, owner, updated_at, version, edited, body"

_GRANTS = (
    f"GRANT USAGE ON SCHEMA {SCHEMA} TO {PEOPLE}",
    f"GRANT SELECT ON {', '.join(_SHIELDED)}, desk_migration, me TO {PEOPLE}",
    f"GRANT INSERT ON {', '.join(_APPENDED)} TO {PEOPLE}",
    f"GRANT INSERT (seq, number, at, actor, kind, data) ON event TO {PEOPLE}",
    f"GRANT UPDATE (value) ON counter TO {PEOPLE}",
    f"GRANT UPDATE ({_OF_A_CASE}) ON support_case TO {PEOPLE}",
    f"GRANT UPDATE (state, body) ON escalation TO {PEOPLE}",
    f"GRANT UPDATE (email, phone) ON contact TO {PEOPLE}",
    f"GRANT USAGE ON SEQUENCE attachment_number TO {PEOPLE}",
    f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {SCHEMA} FROM PUBLIC",
    f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {SCHEMA} TO {PEOPLE}",
)


def first_version() -> tuple[str, ...]:
    """Give what makes version 1 in an empty schema, in order."""
    return (
        *statements(POSTGRES_TYPES),
        *_WHO,
        *(_meant(each) for each in _GUARDS),
        *(f"ALTER TABLE {each} ENABLE ROW LEVEL SECURITY" for each in _SHIELDED),
        "ALTER TABLE login ENABLE ROW LEVEL SECURITY",
        *(_policy(*each) for each in _POLICIES),
        *_GRANTS,
    )
