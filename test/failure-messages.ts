import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as ts from 'typescript';

/** What the text does not say at compile time. */
const UNKNOWN = '…';
/** Of a message only its first words count, and no more are worked out. */
const LENGTH = 120;

/** One place in the source that fails, and all that it may say. */
export interface FailureMessage {
  readonly where: string;
  readonly texts: readonly string[];
}

/**
 * Every message with which the sources in `folder` fail: `new Error(…)`, the `super(…)` of an error class, and a decision to fail.
 *
 * The text is followed through concatenations, conditions, constants, functions and their parameters. One that is only handed on has no letter of its own.
 */
export function failureMessages(folder: string): FailureMessage[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts')).map(file => join(folder, file));
  const program = ts.createProgram(files, { module: ts.ModuleKind.Node20, noLib: true, noResolve: true, types: [] });
  const nodes = files.flatMap(file => descendants(program.getSourceFile(file)!));
  const texts = new Texts(program.getTypeChecker(), nodes);
  return nodes.flatMap(node => {
    const message = texts.messageOf(node);
    return message ? [{ where: relative(folder, node.getSourceFile().fileName), texts: texts.of(message) }] : [];
  });
}

interface Call {
  readonly callee?: ts.Declaration;
  readonly arguments: readonly ts.Expression[];
}

class Texts {
  private readonly calls: readonly Call[];

  constructor(private readonly checker: ts.TypeChecker, nodes: readonly ts.Node[]) {
    this.calls = nodes.filter(node => ts.isCallExpression(node) || ts.isNewExpression(node))
      .map(call => ({ callee: this.declarationOf(call.expression), arguments: call.arguments ?? [] }));
  }

  /** What `node` fails with, if it does: an error of the project's own class has its text from there. */
  messageOf(node: ts.Node): ts.Expression | undefined {
    if (ts.isNewExpression(node) && /^\w*Error$/.test(node.expression.getText()) && !this.declarationOf(node.expression)) {
      return node.arguments?.[0];
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) {
      const extended = ts.findAncestor(node, ts.isClassDeclaration)!.heritageClauses!.map(clause => clause.getText()).join(' ');
      return /extends \w*Error\b/.test(extended) ? node.arguments[0] : undefined;
    }
    if (ts.isObjectLiteralExpression(node) && node.properties.some(property => /^action: 'fail'/.test(property.getText()))) {
      const message = node.properties.find(({ name }) => name?.getText() === 'message');
      return message && (ts.isPropertyAssignment(message) ? message.initializer : message.name as ts.Identifier);
    }
    return undefined;
  }

  /** @param path the expressions that led here, lest it goes round in circles */
  of(expression: ts.Expression, path: readonly ts.Node[] = []): string[] {
    if (path.includes(expression)) {
      return [UNKNOWN];
    }
    const inner = (one: ts.Expression) => this.of(one, [...path, expression]);
    const anyOf = (...some: readonly ts.Expression[]) => some.length > 0 ? [...new Set(some.flatMap(inner))] : [UNKNOWN];
    if (ts.isStringLiteralLike(expression)) {
      return [expression.text];
    }
    if (ts.isTemplateExpression(expression)) {
      return expression.templateSpans.reduce(
        (head, span) => joined(head, () => joined(inner(span.expression), () => [span.literal.text])),
        [expression.head.text]);
    }
    if (ts.isParenthesizedExpression(expression)) {
      return inner(expression.expression);
    }
    if (ts.isConditionalExpression(expression)) {
      return anyOf(expression.whenTrue, expression.whenFalse);
    }
    if (ts.isBinaryExpression(expression)) {
      switch (expression.operatorToken.kind) {
        case ts.SyntaxKind.PlusToken: return joined(inner(expression.left), () => inner(expression.right));
        case ts.SyntaxKind.QuestionQuestionToken:
        case ts.SyntaxKind.BarBarToken: return anyOf(expression.left, expression.right);
      }
    }
    if (ts.isCallExpression(expression)) {
      return anyOf(...results(this.declarationOf(expression.expression)));
    }
    if (ts.isIdentifier(expression) && expression.text === 'undefined') {
      return [];
    }
    if (ts.isIdentifier(expression)) {
      const declaration = this.declarationOf(expression);
      if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer && ts.isIdentifier(declaration.name)) {
        return inner(declaration.initializer);
      }
      if (declaration && ts.isParameter(declaration) && ts.isIdentifier(declaration.name)) {
        return anyOf(...this.argumentsFor(declaration));
      }
    }
    return [UNKNOWN];
  }

  private declarationOf(expression: ts.Expression): ts.Declaration | undefined {
    const symbol = ts.isShorthandPropertyAssignment(expression.parent)
      ? this.checker.getShorthandAssignmentValueSymbol(expression.parent)
      : this.checker.getSymbolAtLocation(ts.isPropertyAccessExpression(expression) ? expression.name : expression);
    const isImported = symbol?.declarations?.some(ts.isImportSpecifier);
    return (isImported ? this.checker.getAliasedSymbol(symbol!) : symbol)?.valueDeclaration;
  }

  private argumentsFor(parameter: ts.ParameterDeclaration): ts.Expression[] {
    const fn = parameter.parent;
    const called = ts.isConstructorDeclaration(fn) || ts.isArrowFunction(fn) ? fn.parent : fn;
    return this.calls.filter(({ callee }) => callee === called).flatMap(call => call.arguments[fn.parameters.indexOf(parameter)] ?? []);
  }
}

function results(callee: ts.Declaration | undefined): ts.Expression[] {
  const fn = callee && ts.isVariableDeclaration(callee) ? callee.initializer : callee;
  if (!fn || !(ts.isFunctionDeclaration(fn) || ts.isMethodDeclaration(fn) || ts.isArrowFunction(fn)) || !fn.body) {
    return [];
  }
  const returns = descendants(fn.body).filter(ts.isReturnStatement).filter(one => ts.findAncestor(one, ts.isFunctionLike) === fn);
  return ts.isBlock(fn.body) ? returns.flatMap(({ expression }) => expression ?? []) : [fn.body];
}

function joined(heads: readonly string[], tails: () => readonly string[]): string[] {
  return heads.every(head => head.length >= LENGTH) ? [...heads] : [...new Set(heads.flatMap(head => tails().map(tail => head + tail)))];
}

function descendants(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  node.forEachChild(child => { children.push(child, ...descendants(child)); });
  return children;
}
