import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Steps that a workflow cannot get past, and the overdue that health looks for. */
export class StuckSteps1700000000017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE stuck_step (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  workflow_id text NOT NULL,
  run_id text NOT NULL,
  workflow_type text NOT NULL,
  step text NOT NULL,
  cause text NOT NULL,
  service text,
  tries integer NOT NULL,
  state text NOT NULL DEFAULT 'stuck',
  first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_tried_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz
);
CREATE TRIGGER stuck_step_guard BEFORE INSERT OR UPDATE OF state ON stuck_step
  FOR EACH ROW EXECUTE FUNCTION guard_state();
-- A workflow does one step after the other.
CREATE UNIQUE INDEX stuck_step_of_workflow ON stuck_step (workflow_id) WHERE state = 'stuck';
CREATE INDEX stuck_step_ended ON stuck_step (workflow_id) WHERE state = 'ended';
CREATE INDEX stuck_step_cause ON stuck_step (cause) WHERE state = 'stuck';
`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stuck_step;');
  }
}
