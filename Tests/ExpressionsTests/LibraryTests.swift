import Diagnostics
import Expressions
import Testing

/// What CEL has, used from rules; where a result differs from CEL's, a comment says so.
@Suite("CEL's functions in rules")
struct LibraryTests {
  @Test(
    "work on texts",
    arguments: [
      ("customer.name.charAt(3)", "'\u{E9}'"), ("'abc'.charAt(3)", "''"),
      ("'abc'.charAt(4)", "error: a place in a text out of range"),
      ("'abc'.charAt(-1)", "error: a place in a text out of range"),
      ("'abc'.charAt(0.5)", "error: a place in a text out of range"),
      ("'banana'.indexOf('an')", "1"), ("'banana'.indexOf('an', 2)", "3"),
      ("'banana'.indexOf('x')", "-1"), ("'banana'.indexOf('')", "0"),
      ("'banana'.lastIndexOf('an')", "3"), ("'banana'.lastIndexOf('an', 2)", "1"),
      ("'banana'.indexOf('a', 9)", "error: a place in a text out of range"),
      ("['a', 'b'].join()", "'ab'"), ("['a', 'b'].join(', ')", "'a, b'"), ("[].join()", "''"),
      ("'banana'.replace('a', 'o')", "'bonono'"), ("'banana'.replace('a', 'o', 2)", "'bonona'"),
      ("'banana'.replace('a', 'o', 0)", "'banana'"), ("'ab'.replace('', '-')", "'-a-b-'"),
      ("'a,b,c'.split(',')", "['a', 'b', 'c']"), ("'a,b,c'.split(',', 2)", "['a', 'b,c']"),
      ("'abc'.split('')", "['a', 'b', 'c']"), ("'a,b'.split(',', 0)", "[]"),
      ("'banana'.substring(2)", "'nana'"), ("'banana'.substring(2, 4)", "'na'"),
      ("'banana'.substring(4, 2)", "error: a place in a text out of range"),
      ("'banana'.substring(7)", "error: a place in a text out of range"),
      ("customer.name.reverse()", "'\u{E9}faC'"), ("''.reverse()", "''"),
      ("strings.quote('a\"b')", "'\"a\\\"b\"'"),
      ("' a '.trim().upperAscii()", "'A'"), ("size('')", "0"),
      ("customer.sales_rep.replace('a', 'b')", "missing"),
      ("'a'.replace(customer.sales_rep, 'b')", "missing"),
    ])
  func texts(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "work on numbers",
    arguments: [
      ("math.greatest(1, 3, 2)", "3"), ("math.least([3, 1, 2])", "1"), ("math.ceil(1.2)", "2"),
      ("math.floor(-1.2)", "-2"), ("math.round(2.5)", "3"), ("math.trunc(-1.7)", "-1"),
      ("trunc(1.7)", "1"), ("trunc(-0.2)", "0"), ("math.abs(-3)", "3"), ("math.sign(-3)", "-1"),
      ("sign(0)", "0"), ("sign(3d)", "1"), ("sign(-3d)", "-1"), ("sign(0d)", "0"),
      ("math.sqrt(9)", "3"), ("math.isNaN(1)", "false"), ("math.isInf(1)", "false"),
      ("math.isFinite(1)", "true"),
      ("math.isFinite(customer.contact_due is missing ? 1 : 2)", "true"),
      ("sign(revenue[7d])", "missing"),
    ])
  func numbers(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "work on lists",
    arguments: [
      ("[1, 2, 1, 2].distinct()", "[1, 2]"), ("[].distinct()", "[]"),
      ("['e\\u0301', '\\u00e9'].distinct()", "['e\u{301}', '\u{E9}']"),
      ("[3d, 72h].distinct()", "[3d]"),
      ("[[1], [], [2, 3]].flatten()", "[1, 2, 3]"), ("lists.range(3)", "[0, 1, 2]"),
      ("lists.range(0)", "[]"), ("lists.range(-1)", "error: the length of a list out of range"),
      ("lists.range(1.5)", "error: the length of a list out of range"),
      ("[1, 2, 3].reverse()", "[3, 2, 1]"), ("[3, 1, 2].sort()", "[1, 2, 3]"),
      ("['b', 'a'].sort()", "['a', 'b']"), ("[now, today].sort().first() == today", "true"),
      // What is missing comes last.
      ("customer.scores.sort()", "[1, 2.5, 4, missing]"),
      ("customer.scores.distinct()", "[1, 4, missing, 2.5]"),
      ("[1, 2, 3].slice(1, 3)", "[2, 3]"), ("[1].slice(0, 0)", "[]"),
      ("[1].slice(0, 2)", "error: a place in a list out of range"),
      ("[1].slice(-1, 1)", "error: a place in a list out of range"),
      ("[1, 2].slice(2, 1)", "error: a place in a list out of range"),
      ("[3, 1].first()", "3"), ("[3, 1].last()", "1"), ("customer.tags[0]", "'x'"),
      // Errors in CEL: here what is not there is missing.
      ("[].first() is missing", "true"), ("customer.tags[2]", "missing"),
      ("customer.tags[-1]", "missing"), ("customer.tags[?2]", "missing"),
      ("customer.tags[?1]", "'y'"), ("customer.tags[0.5]", "error: a place out of range"),
      ("[1] + [2, 3]", "[1, 2, 3]"), ("customer.tags + [] == customer.tags", "true"),
      ("sets.contains([1, 2, 3], [3, 1])", "true"), ("sets.contains([1], [1, 2])", "false"),
      ("sets.contains([1], [])", "true"), ("sets.equivalent([1, 2, 2], [2, 1])", "true"),
      ("sets.equivalent([1], [1, 2])", "false"), ("sets.equivalent([], [])", "true"),
      ("sets.intersects([1, 2], [2, 3])", "true"), ("sets.intersects([1], [])", "false"),
      ("sets.contains(customer.scores, [4])", "true"),
      ("sets.contains(customer.scores, [9])", "missing"),
      ("sets.intersects(customer.scores, [9])", "missing"),
      ("sets.equivalent(customer.scores, [9, 8])", "false"),
      ("sets.equivalent(customer.scores, [1, 4, 2.5])", "missing"),
    ])
  func lists(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "turn values into others",
    arguments: [
      ("int(2.9)", "2"), ("int(-2.9)", "-2"), ("int('42')", "42"), ("int('-1')", "-1"),
      ("int('4.2')", "error: unreadable 4.2"), ("int('')", "error: unreadable "),
      ("int(timestamp('1970-01-01T00:01:00Z'))", "60"),
      ("int(timestamp('1969-12-31T23:59:59.5Z'))", "-1"),
      ("double('0.5')", "0.5"), ("double('1e3')", "1000"), ("double(3)", "3"),
      ("double('x')", "error: unreadable x"), ("double('inf')", "error: overflow"),
      ("double('nan')", "error: unreadable nan"),
      ("string(3)", "'3'"), ("string(0.5)", "'0.5'"), ("string(true)", "'true'"),
      ("string(12345678901234560)", "'12345678901234560'"), ("string(0 * -1)", "'0'"),
      ("string(0.00001)", "'0.00001'"), ("string(1e22)", "'10000000000000000000000'"),
      ("string('a')", "'a'"), ("string(now)", "'2026-03-31T00:00:00Z'"),
      // CEL counts seconds, '5400s'; here a length of time reads as rules write it.
      ("string(90min)", "'90min'"),
      ("bool('true')", "true"), ("bool('0')", "false"), ("bool('yes')", "error: unreadable yes"),
      ("bool(true)", "true"), ("int(revenue[7d])", "missing"), ("string(revenue[7d])", "missing"),
      ("duration('1080h') == 45d", "true"), ("duration('1h30m')", "90min"),
      ("duration('-1.5s')", "-1.5s"), ("duration('100ms')", "0.1s"),
      ("duration('2us')", "0.000002s"), ("duration('1.5us')", "0.000001s"),
      ("duration('0') == 0d", "true"), ("duration('-.5h') == -30min", "true"),
    ])
  func conversions(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "refuse lengths of time that CEL does not know",
    arguments: [
      "", "-", "1", "h", "1d", "1h 2m", "1.2.3s", "999999999h", "1h-2m", "٣h",
    ])
  func durations(text: String) {
    let checked = Checker(scope: .test).check("duration('\(text)')")
    #expect(checked.diagnostics.map(\.code) == [ExpressionCode.badDuration.code])
  }

  @Test(
    "take points in time apart on the tenant's clocks",
    arguments: [
      // 14 February 2026 01:30 in Berlin, a Saturday.
      ("last_order.getFullYear()", "2026"), ("last_order.getMonth()", "1"),
      ("last_order.getDate()", "14"), ("last_order.getDayOfMonth()", "13"),
      ("last_order.getDayOfWeek()", "6"), ("(last_order + 1d).getDayOfWeek()", "0"),
      ("last_order.getDayOfYear()", "44"), ("last_order.getHours()", "1"),
      ("last_order.getMinutes()", "30"), ("last_order.getSeconds()", "0"),
      ("timestamp('2026-01-01T00:00:59.25Z').getMilliseconds()", "250"),
      ("timestamp('2026-01-01T00:00:59.25Z').getSeconds()", "59"),
      ("timestamp('2026-12-31T23:30:00Z').getFullYear()", "2027"),
      ("timestamp('2026-12-31T23:30:00Z').getDayOfYear()", "0"),
      ("timestamp('1969-12-31T22:59:59Z').getHours()", "23"),
      ("customer.contact_due.getHours()", "missing"),
    ])
  func times(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "mean by optional what may be missing",
    arguments: [
      ("customer.?tier", "'A'"), ("customer.?sales_rep.name", "'Ann'"),
      ("customer.?sales_rep.orValue('nobody')", "'nobody'"),
      ("customer.tier.orValue('B')", "'A'"), ("customer.balance.or(customer.limit)", "10.1"),
      ("revenue[7d].or(revenue[30d]).orValue(0)", "700"),
      ("revenue[7d].orValue(0) > 3", "false"), ("revenue[7d].or(revenue[7d])", "missing"),
      ("(revenue[all time] * 10).orValue(1)", "1"), ("(revenue[7d] > 3).orValue(true)", "true"),
      ("has(customer.tier)", "true"), ("has(customer.sales_rep)", "false"),
      ("!has(customer.contact_due)", "true"), ("customer.sales_rep.hasValue()", "false"),
      ("optional.of(3)", "3"), ("optional.of(3).value()", "3"), ("optional.none()", "missing"),
      ("optional.none().orValue(3)", "3"), ("optional.none().hasValue()", "false"),
      ("customer.balance.optMap(b, b + 1)", "11.1"), ("revenue[7d].optMap(r, 1)", "missing"),
      ("customer.balance.optFlatMap(b, optional.of(b))", "10.1"),
    ])
  func optionals(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "look up in tables",
    arguments: [
      ("{'A': 30d, 'B': 45d}[customer.tier]", "30d"), ("{'A': 1}['B']", "missing"),
      ("{'B': 45d}[customer.tier].orValue(60d)", "60d"), ("{'A': 1}[?customer.tier]", "1"),
      ("{'A': 1}.A", "1"), ("{'A': 1}.?B", "missing"), ("has({'A': 1}.B)", "false"),
      ("{1: 'a', 2: 'b'}[1 + 1]", "'b'"), ("{'A': 1}[customer.sales_rep]", "missing"),
      ("{'e\\u0301': 1, '\\u00e9': 2}['\\u00e9']", "2"), ("{}['a'] is missing", "true"),
      ("{'A': customer.balance, 'B': 1 / 0.5}[customer.tier]", "10.1"),
      ("{'A': revenue[7d]}[customer.tier]", "missing"),
      ("quiet_for >= {'A': 30d, 'B': 45d}[customer.tier]", "true"),
      ("customer.tier in {'A': 1, 'B': 2}", "true"), ("customer.tier in {'B': 2}", "false"),
      ("customer.sales_rep in {'B': 2}", "missing"), ("customer.tier in {}", "false"),
      ("{-1: 'a'}[-1]", "'a'"), ("{'a': [1, 2]}.a[1]", "2"),
      ("['A', 'B'].map(t, {'A': 1, 'B': 2}[t])", "[1, 2]"),
    ])
  func tables(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test("may be named by every name that CEL has for them")
  func spelling() throws {
    let checker = Checker(scope: .test)
    for (one, other) in [
      ("math.greatest(1, 2)", "max(1, 2)"), ("size(customer.tags)", "customer.tags.size()"),
      ("has(customer.tier)", "customer.tier is not missing"),
      ("customer.tier.or('B')", "customer.tier.orValue('B')"),
      ("[1].exists_one(x, x > 0)", "[1].existsOne(x, x > 0)"),
      ("{'A': 1}.A", "{'A': 1}['A']"), ("customer.tier in {'A': 1}", "customer.tier in ['A']"),
    ] {
      let term = try #require(checker.check(one).expression?.term)
      #expect(checker.check(other).expression?.term == term, "\(one)")
    }
  }
}
