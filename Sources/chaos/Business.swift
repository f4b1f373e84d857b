import Foundation

/// The made-up business whose accounts make alerts, and the project that watches it.
enum Business {
  /// What must appear nowhere but in the environment of workers: the signing key in base64.
  static let canary = "Y2FuYXJ5LXRoYXQtbm9ib2R5LW1heS1ldmVyLXNlZS0x"

  static let schema = """
    CREATE TABLE firm (id bigint PRIMARY KEY, slug text, name text, zone text);
    CREATE TABLE person (id bigint PRIMARY KEY, firm_id bigint, name text, email text);
    CREATE TABLE account (
      code text PRIMARY KEY, firm_id bigint NOT NULL, name text NOT NULL, person_id bigint,
      balance numeric NOT NULL);
    CREATE TABLE todo (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, firm_id bigint NOT NULL,
      title text NOT NULL, notes text, account_code text, due timestamptz);
    CREATE INDEX todo_account ON todo (account_code);
    CREATE SEQUENCE account_number;
    INSERT INTO firm VALUES (1, 'north', 'North Ltd', 'Europe/Berlin'),
      (2, 'south', 'South Ltd', 'America/New_York');
    """

  static let catalog = """
    catalog: 1
    tenants: {table: firm, key: id, slug: slug, name: name, timezone: zone}
    entities:
      person:
        table: person
        key: id
        tenant: firm_id
        label: name
        fields: {name: text, email: text}
      account:
        table: account
        key: code
        tenant: firm_id
        label: name
        fields:
          name: text
          balance: number
          person: {type: person, entity: person, column: person_id}
    writes:
      task:
        table: todo
        key: id
        tenant: firm_id
        columns: {title: title, body: notes, due: due, entity.id: account_code}
    """

  /// Each account opens one alert, and each alert makes a task, a mail and a webhook.
  static let rule = """
    rule: overdrawn
    title: Account overdrawn
    owner: owner@chaos.example
    schedule: every 1min
    for_each: account
    when: account.balance < 0
    severity: {high: otherwise}
    then:
      - task:
          title: Call {{account.name}}
          due_in: 3d
      - email:
          to: account.person
          subject: "{{account.name}} is overdrawn"
          body: "Balance {{number(account.balance)}}."
      - webhook: {endpoint: hook}
    """

  /// Writes the project's files.
  static func write(to folder: URL, httpPort: Int, mailPort: Int) throws {
    let settings = """
      database: {url_from: DATABASE_URL}
      timezone: UTC
      smtp: {host: 127.0.0.1, port: \(mailPort), from: Chaos <chaos@chaos.example>, \
      security: none, concurrency: 8}
      endpoints:
        hook:
          url: http://127.0.0.1:\(httpPort)/hook
          secrets_from: [CHAOS_SECRET]
          allow_private_network: true
          concurrency: 32
      """
    let rules = folder.appending(path: "rules")
    try FileManager.default.createDirectory(at: rules, withIntermediateDirectories: true)
    for (name, text) in [
      ("bellwether.yaml", settings), ("rules/catalog.yaml", catalog),
      ("rules/overdrawn.yaml", rule),
    ] {
      try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
  }
}
