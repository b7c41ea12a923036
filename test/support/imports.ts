/** Reads what a source file imports: declarations, re-exports, `import()` and types alike. */
import { readFileSync } from 'node:fs'
import ts from 'typescript'

export interface Import {
  /** As written. */
  specifier: string
  /** Gone once the types are stripped. */
  typeOnly: boolean
}

export function importsOf(path: string): Import[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const read = readImport(node)
    if (read !== undefined) found.push(read)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function readImport(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node)) return named(node.moduleSpecifier, isTypeOnlyImport(node.importClause))
  if (ts.isExportDeclaration(node)) return named(node.moduleSpecifier, isTypeOnlyExport(node))
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return named(node.argument.literal, true)
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return named(node.arguments[0], false)
  }
  return undefined
}

const named = (specifier: ts.Node | undefined, typeOnly: boolean): Import | undefined =>
  specifier !== undefined && ts.isStringLiteral(specifier)
    ? { specifier: specifier.text, typeOnly }
    : undefined

function isTypeOnlyImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const bindings = clause.namedBindings
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    allTypes(bindings.elements)
  )
}

function isTypeOnlyExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  return (
    isTypeOnly ||
    (exportClause !== undefined && ts.isNamedExports(exportClause) && allTypes(exportClause.elements))
  )
}

const allTypes = (elements: readonly { readonly isTypeOnly: boolean }[]): boolean =>
  elements.every((element) => element.isTypeOnly)
