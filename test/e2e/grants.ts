/** One thing that functions of ours may do. */
export interface Permission {
  readonly kind: 'IAM' | 'RBAC';
  /** Of its statement or rule. */
  readonly index: number;
  /** Or the verb. */
  readonly action: string;
  readonly on: string;
}

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

export interface Rule {
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Of the account itself. */
const ARN_PREFIX = /^arn:aws:\w+:[\w-]*:\d+:/;
/** Lambda writes the logs, before and after our code. */
const OF_LAMBDA = /^logs:/;

/** All that the template lets functions of ours do, in IAM and in Kubernetes. */
export class Grants {
  constructor(readonly statements: readonly Statement[], readonly rules: readonly Rule[]) {}

  get permissions(): Permission[] {
    return [
      ...this.statements.flatMap(({ Action, Resource }, index) => {
        const of = { kind: 'IAM', index, on: listOf(Resource).map(arn => arn.replace(ARN_PREFIX, '')).join(', ') } as const;
        return listOf(Action).filter(action => !OF_LAMBDA.test(action)).map(action => ({ ...of, action }));
      }),
      ...this.rules.flatMap(({ verbs, resources, resourceNames = [] }, index) => {
        const of = { kind: 'RBAC', index, on: [resources.join(', '), ...resourceNames].join(' ') } as const;
        return verbs.map(action => ({ ...of, action }));
      }),
    ];
  }

  without({ kind, index, action }: Permission): Grants {
    const others = (actions: string | readonly string[]) => listOf(actions).filter(other => other !== action);
    // without anything that is allowed, a statement or rule is invalid
    if (kind === 'IAM') {
      const statements = changed(this.statements, index, statement => ({ ...statement, Action: others(statement.Action) }));
      return new Grants(statements.filter(({ Action }) => Action.length > 0), this.rules);
    }
    const rules = changed(this.rules, index, rule => ({ ...rule, verbs: others(rule.verbs) }));
    return new Grants(this.statements, rules.filter(({ verbs }) => verbs.length > 0));
  }
}

function changed<T>(all: readonly T[], index: number, change: (one: T) => T): T[] {
  return all.map((one, at) => at === index ? change(one) : one);
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
