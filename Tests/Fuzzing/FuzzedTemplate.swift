import Diagnostics
import Expressions
import Templates

/// A text with tags, read as each kind of text and rendered for every row.
enum FuzzedTemplate {
  static func run(_ text: String) -> [String] {
    [TextTemplate.ContentType.text, .html, .json].flatMap { kind in
      let (template, diagnostics) = TextTemplate.parse(text, as: kind, in: FuzzRows.scope)
      if let template {
        let slots = FuzzRows.slots(of: template.terms)
        let programs = template.terms.map {
          Program($0, slots: slots, context: FuzzRows.context)
        }
        for row in FuzzRows.all {
          let values = programs.map { $0.value(of: row, severity: .high) }
          _ = template.render(values, formats: FuzzProject.formats, zone: FuzzRows.context.zone)
        }
      }
      let source = SourceText(path: "template", text: text)
      return diagnostics.flatMap { faults(of: $0, in: source) }
    }
  }
}
