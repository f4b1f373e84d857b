import Evaluation
import Support
import Testing

@Suite struct BitmapTests {
  @Test(arguments: [0, 1, 63, 64, 65, 128, 200])
  func bitsBeyondTheCountStayClear(count: Int) {
    let all = Bitmap(repeating: true, count: count)
    #expect(all.setCount == count)
    #expect(Array(all.setIndices) == Array(0..<count))
    #expect((~all).setCount == 0)
    #expect(~Bitmap(count: count) == all)
    #expect(Bitmap(words: all.words.map { _ in .max }, count: count) == all)
  }

  @Test func setsAreJoinedBitByBit() {
    var random = SeededGenerator(seed: 3)
    var left = Bitmap(count: 150)
    var right = Bitmap(count: 150)
    for index in 0..<150 {
      left[index] = .random(using: &random)
      right[index] = .random(using: &random)
    }
    let both = left & right
    let either = left | right
    for index in 0..<150 {
      #expect(both[index] == (left[index] && right[index]))
      #expect(either[index] == (left[index] || right[index]))
    }
    #expect(Array(left.setIndices) == (0..<150).filter { left[$0] })
    left[70] = true
    left[70] = false
    #expect(!left[70])
  }
}
