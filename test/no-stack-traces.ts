// Where each construct was made: no test looks at it, and it takes half the time of a synth.
process.env.CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:disable-stack-trace': true });
