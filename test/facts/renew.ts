import { writeFileSync } from 'node:fs';
import { FACTS_FILE, documented } from './vpc-cni-iam-policies';

void documented().then(facts => writeFileSync(FACTS_FILE, `${JSON.stringify(facts, undefined, 2)}\n`));
