/// An expression with its names resolved and its macros unfolded, ready to be checked and evaluated.
struct CELNode: Sendable {
  let kind: Kind

  /// Where it stands in the text.
  let span: Range<Int>

  indirect enum Kind: Sendable {
    case constant(CELValue)

    /// A type's name used as a value.
    case typeName(String, CELType)

    /// A declared variable.
    case variable(String)

    /// A variable of a loop or a binding, by its place.
    case local(Int)

    /// A name that nobody declared.
    case unknown(String)
    case select(CELNode, String, isOptional: Bool)
    case has(CELNode, String)
    case index(CELNode, CELNode, isOptional: Bool)
    case list([Element])
    case map([Entry])
    case not(CELNode)
    case minus(CELNode)
    case logic(Syntax.LogicOperator, [CELNode])
    case conditional(CELNode, CELNode, CELNode)
    case binary(Syntax.BinaryOperator, CELNode, CELNode)
    case call(String, [CELOverload], [CELNode])
    case loop(Loop)
    case bind(slot: Int, CELNode, CELNode)

    /// `o.optMap(v, e)`, and `optFlatMap`, whose `e` is optional itself.
    case mapOptional(CELNode, slot: Int, CELNode, isFlat: Bool)

    /// `o.or(p)`, and `orValue`, whose result is not optional.
    case alternative(CELNode, CELNode, isValue: Bool)

    /// `list.sortBy(x, key)`.
    case sort(CELNode, slot: Int, CELNode)
  }

  struct Element: Sendable {
    var value: CELNode
    var isOptional: Bool
  }

  struct Entry: Sendable {
    var key: CELNode
    var value: CELNode
    var isOptional: Bool
  }

  struct Loop: Sendable {
    enum Purpose: Sendable { case all, exists, existsOne, list, map, mapEntry }

    var purpose: Purpose
    var range: CELNode

    /// Where the elements go; with two variables, the positions or keys and then the values.
    var slots: [Int]
    var filter: CELNode?

    /// What is asked of, or made of, each element.
    var body: CELNode
  }
}
