/** `scar` of the file: notes of SCAR's command line to itself. */
import { anything, section } from '../../../../fdl/schema/field.ts';
import { WITHOUT_EFFECT } from './without-effect.ts';

function note(title: string, description: string) {
  return anything({ title, description, since: 'SCAR', deprecated: WITHOUT_EFFECT });
}

/** `scar` of the file. */
export const scar = section(
  {
    all: note('All', 'Whether SCAR removes every function of the account.'),
    cli_output: note('Output', 'Form in which SCAR prints.'),
    conf_file: note('File', 'Path of the file that SCAR was started with.'),
    config_version: note('Configuration', 'Version of the configuration of SCAR.'),
    execution_mode: note('Execution mode', 'Execution mode from the command line of SCAR.'),
    json: note('JSON', 'Whether SCAR prints JSON.'),
    output_file: note('Output file', 'Where SCAR writes the answer of a call.'),
    path: note('Path', 'File or folder that SCAR uploads or downloads.'),
    supervisor_version: note('Supervisor', 'Release of the faas-supervisor from the command line of SCAR.'),
    verbose: note('Verbose', 'Whether SCAR prints whole answers of AWS.'),
  },
  {
    title: 'SCAR',
    description: "Notes of SCAR's command line to itself.",
    since: 'SCAR',
    deprecated: WITHOUT_EFFECT,
  },
);
