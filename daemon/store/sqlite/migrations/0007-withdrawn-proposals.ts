/** Proposals that were withdrawn, by the digest of their bytes: what was signed of them never counts again. Nothing of it is ever taken back. */
export const withdrawnProposals = `
  create table withdrawn_proposal (
    site text not null,
    digest text not null,
    at_ms integer not null,
    primary key (site, digest)
  ) strict, without rowid;
  create trigger withdrawn_proposal_no_delete before delete on withdrawn_proposal
    begin select raise(abort, 'what was withdrawn stays so'); end;
  create trigger withdrawn_proposal_no_update before update on withdrawn_proposal
    begin select raise(abort, 'what was withdrawn stays so'); end;
`;
