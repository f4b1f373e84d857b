import Expressions

/// The words that no value, param, metric or entity can be called.
enum Names {
  static let reserved: Set<String> = {
    var words: Set<String> = [
      "true", "false", "null", "missing", "now", "today", "severity", "and", "or", "not", "is",
      "in", "at", "before", "after", "between", "ago", "of", "otherwise", "all", "any", "time",
      "ending", "this", "last", "least", "rule", "tenant", "opened", "entity", "where",
      "has", "exists", "exists_one", "map", "filter", "size", "daily", "weekly", "monthly",
      "forecast", "money", "percent", "date", "number", "duration", "timestamp",
    ]
    words.formUnion(Function.allCases.map(\.rawValue))
    return words
  }()
}
