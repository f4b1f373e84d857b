import Expressions

/// The words that no value, param, metric or entity can be called.
enum Names {
  static let reserved: Set<String> = {
    var words: Set<String> = [
      "true", "false", "null", "missing", "now", "today", "severity", "and", "or", "not", "is",
      "in", "otherwise", "all", "any", "rule", "tenant", "opened", "entity", "where",
      "has", "exists", "exists_one", "map", "filter", "daily", "weekly", "monthly", "forecast",
      "money", "percent", "date", "number", "duration", "timestamp",
      // What CEL keeps for itself.
      "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
      "loop", "package", "namespace", "return", "var", "void", "while",
    ]
    words.formUnion(Function.callWords)
    return words
  }()
}
