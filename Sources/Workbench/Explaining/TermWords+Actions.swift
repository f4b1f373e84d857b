import Expressions
import Rules
import Templates

extension TermWords {
  /// What a name stands for: a condition as a clause, anything else as a phrase.
  func definition(_ term: Term) -> String {
    switch term {
    case .apply(.and, _), .apply(.or, _), .apply(.not, _): "whether \(clause(term))"
    default: phrase(term)
    }
  }

  /// What an action does, with its texts as they are written.
  func lines(_ action: Action) -> [String] {
    let condition = action.condition.map { ", if \(clause($0))" } ?? ""
    switch action.kind {
    case .task(let task): return lines(task, condition)
    case .email(let email): return lines(email, condition)
    case .webhook(let webhook):
      let content = webhook.body == nil ? "the alert" : "a body of its own"
      return ["- sends \(content) to the endpoint \(webhook.endpoint)\(condition)"]
    case .update(let updates):
      return updates.map { "- sets \($0.field.words) to \(phrase($0.value))\(condition)" }
    }
  }

  private func lines(_ task: TaskAction, _ condition: String) -> [String] {
    var facts = task.assignee.map { ["for \(words($0))"] } ?? []
    if let priority = task.priority { facts.append("priority \(priority)") }
    if let due = task.dueIn { facts.append("due in \(due.words)") }
    let detail = facts.isEmpty ? "" : " " + facts.joined(separator: ", ")
    return ["- creates a task\(detail)\(condition):"] + quoted(task.title) + quoted(task.body)
  }

  private func lines(_ email: EmailAction, _ condition: String) -> [String] {
    let copies = email.cc.isEmpty ? "" : ", copy to \(email.cc.map(words).joined(separator: ", "))"
    let recipients = email.to.map(words).joined(separator: ", ")
    if let digest = email.digest {
      return [
        "- adds a line to the digest of \(recipients)\(copies), sent \(digest.words)\(condition):"
      ] + quoted(email.line ?? email.subject)
    }
    return ["- sends an email to \(recipients)\(copies)\(condition):"]
      + quoted(email.subject) + quoted(email.text)
  }

  private func words(_ recipient: Recipient) -> String {
    switch recipient {
    case .person(let key, _, _): phrase(key)
    case .field(let term): "the address in \(phrase(term))"
    case .address(let address): address
    }
  }

  private func quoted(_ text: TextTemplate?) -> [String] {
    guard let text else { return [] }
    var lines = text.source.split(separator: "\n", omittingEmptySubsequences: false)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { $0.isEmpty ? "    |" : "    | \($0)" }
  }
}

extension Limits.Rate {
  /// `15 alerts per day`.
  var words: String { "\(count) \(count == 1 ? "alert" : "alerts") per \(unit.rawValue)" }
}

extension Schedule {
  private static let weekdays = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
  ]

  /// The schedule in words: `every 6 hours, counted from midnight UTC`, `on weekdays at 08:30`.
  var words: String {
    switch self {
    case .every(let microseconds):
      return "every \(Period(microseconds: microseconds).words), counted from midnight UTC"
    case .daily(let hour, let minute, let weekdays):
      let time = Self.time(hour, minute)
      if weekdays.isEmpty || weekdays.count == 7 { return "daily at \(time)" }
      if weekdays == [1, 2, 3, 4, 5] { return "on weekdays at \(time)" }
      let days = weekdays.sorted().map { Self.weekdays[$0 - 1] }
      return "on \(days.joined(separator: ", ")) at \(time)"
    case .monthly(let day, let hour, let minute):
      return "monthly on day \(day) at \(Self.time(hour, minute))"
    case .cron(let cron): return "by the cron line \(cron.text)"
    }
  }

  private static func time(_ hour: Int, _ minute: Int) -> String {
    [hour, minute].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
