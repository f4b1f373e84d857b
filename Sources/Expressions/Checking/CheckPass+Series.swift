// `daily(revenue[30d])` and its like: a metric, bucket by bucket.
extension CheckPass {
  mutating func checkSeries(_ call: Syntax.Call, per bucket: Bucket) -> Typed? {
    guard let syntax = arguments(of: call, count: 1)?[0] else { return nil }
    guard let typed = check(syntax) else { return nil }
    guard case .input(.metric(let name, let window), _) = typed.term.unnamed,
      let metric = scope.metrics[name], metric.addsUp
    else {
      let metrics = scope.metrics.filter(\.value.addsUp).keys.sorted()
      return refuse(
        .seriesOfOther(call.function, slice(syntax), example: metrics.first), at: syntax.span)
    }
    guard bucket.divides(window) else {
      return refuse(.seriesWindow(bucket, metric: name), at: syntax.span)
    }
    return Typed(
      .input(.series(name: name, window: window, per: bucket), .list(.number)), .list(.number))
  }

  /// Whether a list can be gone on from: `forecast` takes the last element for yesterday's.
  func refusesForecast(of list: Typed, _ syntax: Syntax) -> CheckFault? {
    guard case .input(.series(_, let window, let bucket), _) = list.term.unnamed else { return nil }
    switch (bucket, window) {
    case (.day, .trailing(_, nil)), (.day, .calendar(_, 0)): return nil
    default: return .forecastOfOther(slice(syntax))
    }
  }
}
