import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For a batch of bids that is answered from memory: it ends when that was wrong. */
export class RememberedBids1700000000016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE FUNCTION must_hold(remembered boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF remembered IS NOT TRUE THEN
    RAISE EXCEPTION 'what a batch of bids remembers is out of date: it is read and answered again'
      USING ERRCODE = 'GV006';
  END IF;
END $$;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION must_hold(boolean);');
  }
}
