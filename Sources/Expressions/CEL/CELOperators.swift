/// The types that operators take and give.
enum CELOperators {
  typealias Form = (parameters: [CELType], result: CELType)

  private static let any = CELType.parameter("T")
  private static let key = CELType.parameter("K")

  static let minus: [Form] = [([.int], .int), ([.double], .double)]
  static let conditional: [Form] = [([.bool, any, any], any)]
  static let or: [Form] = [([.optional(any), .optional(any)], .optional(any))]
  static let orValue: [Form] = [([.optional(any), any], any)]

  static let index: [Form] =
    [([.list(any), .int], any), ([.map(key, any), key], any)] + viral
  static let optionalIndex: [Form] =
    [([.list(any), .int], .optional(any)), ([.map(key, any), key], .optional(any))] + viral

  /// An element of an optional value is optional.
  private static let viral: [Form] = [
    ([.optional(.list(any)), .int], .optional(any)),
    ([.optional(.map(key, any)), key], .optional(any)),
  ]

  static func binary(_ operation: Syntax.BinaryOperator) -> [Form] {
    switch operation {
    case .equal, .notEqual: equality
    case .less, .lessOrEqual, .greater, .greaterOrEqual: order
    case .isIn: membership
    case .add: sum
    case .subtract: difference
    case .multiply, .divide: product
    case .modulo: remainder
    case .before, .after: []
    }
  }

  private static let equality: [Form] = [([any, any], .bool)]
  private static let order: [Form] = {
    let types: [CELType] = [.int, .uint, .double, .string, .bytes, .bool, .timestamp, .duration]
    return types.map { ([$0, $0], .bool) }
  }()
  private static let membership: [Form] = [
    ([any, .list(any)], .bool), ([key, .map(key, any)], .bool),
  ]
  private static let remainder: [Form] = [CELType.int, .uint].map { ([$0, $0], $0) }
  private static let product: [Form] = remainder + [([.double, .double], .double)]
  private static let sum: [Form] =
    product + [
      ([.string, .string], .string), ([.bytes, .bytes], .bytes),
      ([.list(any), .list(any)], .list(any)), ([.timestamp, .duration], .timestamp),
      ([.duration, .timestamp], .timestamp), ([.duration, .duration], .duration),
    ]
  private static let difference: [Form] =
    product + [
      ([.timestamp, .timestamp], .duration), ([.timestamp, .duration], .timestamp),
      ([.duration, .duration], .duration),
    ]
}
