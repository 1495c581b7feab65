/** Limits of parameters that moto does not keep. Rule: the API reference of Systems Manager. */
import type { Rules } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';

const STANDARD = 4096;
const ADVANCED = 8192;

export function ssmRules(): Rules {
  return {
    'ssm:PutParameter': async ({ params }, next) => {
      const { Value = '', Tier = 'Standard', Overwrite, Tags } = params;
      const bytes = Buffer.byteLength(Value);
      if (bytes > ADVANCED) throw invalid(`Parameter value can't exceed ${ADVANCED} characters.`);
      if (bytes > STANDARD && Tier === 'Standard') {
        throw invalid(
          `Standard tier parameters support a maximum parameter value of ${STANDARD} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
        );
      }
      // Rule: `Value` of PutParameter in the API reference: "You can't include values wrapped in double brackets {{}}".
      if (/\{\{.*\}\}/s.test(Value)) {
        throw invalid("Parameter value can't nest another parameter. Do not use {{}} in the value.");
      }
      if (Overwrite && Tags) {
        throw invalid(
          "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag.",
        );
      }
      return next();
    },
  };
}

function invalid(message: string): AwsFault {
  return new AwsFault('ValidationException', message);
}
