/** A resource of a stack, as every event about it names it. */
export interface Creator {
  readonly StackId: string;
  readonly LogicalResourceId: string;
}

/** Of a stack's ARN, and of what begins with one: the same for a stack of that name made anew. */
export function withoutUniquePart(text: string): string {
  return text.replace(/(:stack\/[^/]+)\/[^/]+/, '$1');
}
