/** Versions with holes through which servers were robbed: a rule file as operators write their own. */
export const KNOWN_VULNERABLE = `# The page of the first installation made administrators for anybody: present since 20201208.
- id: CVE-2022-4980
  product: cas
  from: '20201208'
  fixed: ['20220531.38', '20220725.22']
  source: https://www.cve.org/CVERecord?id=CVE-2022-4980
# The interface for videos of terminals took any Java application and started it. When it came is not public: every earlier version counts.
- id: CVE-2023-28725
  product: cas
  fixed: ['20221118.48', '20230120.44']
  source: https://www.cve.org/CVERecord?id=CVE-2023-28725
`;
