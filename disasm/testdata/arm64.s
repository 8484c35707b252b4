// Instructions that kernels have, one of each kind, for the oracle test: what
// stands here is assembled and read back.
.arch armv8.8-a+memtag+mops+rng+sve+profile
	ldadd w1, w2, [x3]
	ldadd x1, x2, [x3]
	ldaddb w1, w2, [x3]
	ldaddh w1, w2, [x3]
	ldadda w1, w2, [x3]
	ldadda x1, x2, [x3]
	ldaddab w1, w2, [x3]
	ldaddah w1, w2, [x3]
	ldaddl w1, w2, [x3]
	ldaddl x1, x2, [x3]
	ldaddlb w1, w2, [x3]
	ldaddlh w1, w2, [x3]
	ldaddal w1, w2, [x3]
	ldaddal x1, x2, [x3]
	ldaddalb w1, w2, [x3]
	ldaddalh w1, w2, [x3]
	stadd w1, [sp]
	stadd x1, [sp]
	staddb w1, [sp]
	staddh w1, [sp]
	staddl w1, [sp]
	staddl x1, [sp]
	staddlb w1, [sp]
	staddlh w1, [sp]
	ldclr w1, w2, [x3]
	ldclr x1, x2, [x3]
	ldclrb w1, w2, [x3]
	ldclrh w1, w2, [x3]
	ldclra w1, w2, [x3]
	ldclra x1, x2, [x3]
	ldclrab w1, w2, [x3]
	ldclrah w1, w2, [x3]
	ldclrl w1, w2, [x3]
	ldclrl x1, x2, [x3]
	ldclrlb w1, w2, [x3]
	ldclrlh w1, w2, [x3]
	ldclral w1, w2, [x3]
	ldclral x1, x2, [x3]
	ldclralb w1, w2, [x3]
	ldclralh w1, w2, [x3]
	stclr w1, [sp]
	stclr x1, [sp]
	stclrb w1, [sp]
	stclrh w1, [sp]
	stclrl w1, [sp]
	stclrl x1, [sp]
	stclrlb w1, [sp]
	stclrlh w1, [sp]
	ldeor w1, w2, [x3]
	ldeor x1, x2, [x3]
	ldeorb w1, w2, [x3]
	ldeorh w1, w2, [x3]
	ldeora w1, w2, [x3]
	ldeora x1, x2, [x3]
	ldeorab w1, w2, [x3]
	ldeorah w1, w2, [x3]
	ldeorl w1, w2, [x3]
	ldeorl x1, x2, [x3]
	ldeorlb w1, w2, [x3]
	ldeorlh w1, w2, [x3]
	ldeoral w1, w2, [x3]
	ldeoral x1, x2, [x3]
	ldeoralb w1, w2, [x3]
	ldeoralh w1, w2, [x3]
	steor w1, [sp]
	steor x1, [sp]
	steorb w1, [sp]
	steorh w1, [sp]
	steorl w1, [sp]
	steorl x1, [sp]
	steorlb w1, [sp]
	steorlh w1, [sp]
	ldset w1, w2, [x3]
	ldset x1, x2, [x3]
	ldsetb w1, w2, [x3]
	ldseth w1, w2, [x3]
	ldseta w1, w2, [x3]
	ldseta x1, x2, [x3]
	ldsetab w1, w2, [x3]
	ldsetah w1, w2, [x3]
	ldsetl w1, w2, [x3]
	ldsetl x1, x2, [x3]
	ldsetlb w1, w2, [x3]
	ldsetlh w1, w2, [x3]
	ldsetal w1, w2, [x3]
	ldsetal x1, x2, [x3]
	ldsetalb w1, w2, [x3]
	ldsetalh w1, w2, [x3]
	stset w1, [sp]
	stset x1, [sp]
	stsetb w1, [sp]
	stseth w1, [sp]
	stsetl w1, [sp]
	stsetl x1, [sp]
	stsetlb w1, [sp]
	stsetlh w1, [sp]
	ldsmax w1, w2, [x3]
	ldsmax x1, x2, [x3]
	ldsmaxb w1, w2, [x3]
	ldsmaxh w1, w2, [x3]
	ldsmaxa w1, w2, [x3]
	ldsmaxa x1, x2, [x3]
	ldsmaxab w1, w2, [x3]
	ldsmaxah w1, w2, [x3]
	ldsmaxl w1, w2, [x3]
	ldsmaxl x1, x2, [x3]
	ldsmaxlb w1, w2, [x3]
	ldsmaxlh w1, w2, [x3]
	ldsmaxal w1, w2, [x3]
	ldsmaxal x1, x2, [x3]
	ldsmaxalb w1, w2, [x3]
	ldsmaxalh w1, w2, [x3]
	stsmax w1, [sp]
	stsmax x1, [sp]
	stsmaxb w1, [sp]
	stsmaxh w1, [sp]
	stsmaxl w1, [sp]
	stsmaxl x1, [sp]
	stsmaxlb w1, [sp]
	stsmaxlh w1, [sp]
	ldsmin w1, w2, [x3]
	ldsmin x1, x2, [x3]
	ldsminb w1, w2, [x3]
	ldsminh w1, w2, [x3]
	ldsmina w1, w2, [x3]
	ldsmina x1, x2, [x3]
	ldsminab w1, w2, [x3]
	ldsminah w1, w2, [x3]
	ldsminl w1, w2, [x3]
	ldsminl x1, x2, [x3]
	ldsminlb w1, w2, [x3]
	ldsminlh w1, w2, [x3]
	ldsminal w1, w2, [x3]
	ldsminal x1, x2, [x3]
	ldsminalb w1, w2, [x3]
	ldsminalh w1, w2, [x3]
	stsmin w1, [sp]
	stsmin x1, [sp]
	stsminb w1, [sp]
	stsminh w1, [sp]
	stsminl w1, [sp]
	stsminl x1, [sp]
	stsminlb w1, [sp]
	stsminlh w1, [sp]
	ldumax w1, w2, [x3]
	ldumax x1, x2, [x3]
	ldumaxb w1, w2, [x3]
	ldumaxh w1, w2, [x3]
	ldumaxa w1, w2, [x3]
	ldumaxa x1, x2, [x3]
	ldumaxab w1, w2, [x3]
	ldumaxah w1, w2, [x3]
	ldumaxl w1, w2, [x3]
	ldumaxl x1, x2, [x3]
	ldumaxlb w1, w2, [x3]
	ldumaxlh w1, w2, [x3]
	ldumaxal w1, w2, [x3]
	ldumaxal x1, x2, [x3]
	ldumaxalb w1, w2, [x3]
	ldumaxalh w1, w2, [x3]
	stumax w1, [sp]
	stumax x1, [sp]
	stumaxb w1, [sp]
	stumaxh w1, [sp]
	stumaxl w1, [sp]
	stumaxl x1, [sp]
	stumaxlb w1, [sp]
	stumaxlh w1, [sp]
	ldumin w1, w2, [x3]
	ldumin x1, x2, [x3]
	lduminb w1, w2, [x3]
	lduminh w1, w2, [x3]
	ldumina w1, w2, [x3]
	ldumina x1, x2, [x3]
	lduminab w1, w2, [x3]
	lduminah w1, w2, [x3]
	lduminl w1, w2, [x3]
	lduminl x1, x2, [x3]
	lduminlb w1, w2, [x3]
	lduminlh w1, w2, [x3]
	lduminal w1, w2, [x3]
	lduminal x1, x2, [x3]
	lduminalb w1, w2, [x3]
	lduminalh w1, w2, [x3]
	stumin w1, [sp]
	stumin x1, [sp]
	stuminb w1, [sp]
	stuminh w1, [sp]
	stuminl w1, [sp]
	stuminl x1, [sp]
	stuminlb w1, [sp]
	stuminlh w1, [sp]
	swp w1, w2, [x3]
	cas w1, w2, [x3]
	swp x1, x2, [x3]
	cas x1, x2, [x3]
	swpb w1, w2, [x3]
	casb w1, w2, [x3]
	swph w1, w2, [x3]
	cash w1, w2, [x3]
	casp x2, x3, x4, x5, [x6]
	casp w2, w3, w4, w5, [sp]
	swpa w1, w2, [x3]
	casa w1, w2, [x3]
	swpa x1, x2, [x3]
	casa x1, x2, [x3]
	swpab w1, w2, [x3]
	casab w1, w2, [x3]
	swpah w1, w2, [x3]
	casah w1, w2, [x3]
	caspa x2, x3, x4, x5, [x6]
	caspa w2, w3, w4, w5, [sp]
	swpl w1, w2, [x3]
	casl w1, w2, [x3]
	swpl x1, x2, [x3]
	casl x1, x2, [x3]
	swplb w1, w2, [x3]
	caslb w1, w2, [x3]
	swplh w1, w2, [x3]
	caslh w1, w2, [x3]
	caspl x2, x3, x4, x5, [x6]
	caspl w2, w3, w4, w5, [sp]
	swpal w1, w2, [x3]
	casal w1, w2, [x3]
	swpal x1, x2, [x3]
	casal x1, x2, [x3]
	swpalb w1, w2, [x3]
	casalb w1, w2, [x3]
	swpalh w1, w2, [x3]
	casalh w1, w2, [x3]
	caspal x2, x3, x4, x5, [x6]
	caspal w2, w3, w4, w5, [sp]
	ldapr w1, [x2]
	ldlar w1, [x2]
	stllr w1, [x2]
	ldar w1, [x2]
	stlr w1, [sp]
	ldapur w1, [x2, #-16]
	stlur w1, [x2, #17]
	ldxr w1, [x2]
	stxr w0, w1, [x2]
	ldaxr w1, [x2]
	stlxr w0, w1, [x2]
	ldapr x1, [x2]
	ldlar x1, [x2]
	stllr x1, [x2]
	ldar x1, [x2]
	stlr x1, [sp]
	ldapur x1, [x2, #-16]
	stlur x1, [x2, #17]
	ldxr x1, [x2]
	stxr w0, x1, [x2]
	ldaxr x1, [x2]
	stlxr w0, x1, [x2]
	ldaprb w1, [x2]
	ldlarb w1, [x2]
	stllrb w1, [x2]
	ldarb w1, [x2]
	stlrb w1, [sp]
	ldapurb w1, [x2, #-16]
	stlurb w1, [x2, #17]
	ldxrb w1, [x2]
	stxrb w0, w1, [x2]
	ldaxrb w1, [x2]
	stlxrb w0, w1, [x2]
	ldaprh w1, [x2]
	ldlarh w1, [x2]
	stllrh w1, [x2]
	ldarh w1, [x2]
	stlrh w1, [sp]
	ldapurh w1, [x2, #-16]
	stlurh w1, [x2, #17]
	ldxrh w1, [x2]
	stxrh w0, w1, [x2]
	ldaxrh w1, [x2]
	stlxrh w0, w1, [x2]
	ldapursb x1, [x2, #1]
	ldapursb w1, [x2, #1]
	ldapursh x1, [x2, #1]
	ldapursh w1, [x2]
	ldapursw x1, [x2]
	ldxp x0, x1, [x2]
	stxp w3, x0, x1, [x2]
	ldaxp x0, x1, [x2]
	stlxp w3, w0, w1, [x2]
	pacia x0, x1
	autia x0, sp
	paciza x3
	autiza x4
	pacib x0, x1
	autib x0, sp
	pacizb x3
	autizb x4
	pacda x0, x1
	autda x0, sp
	pacdza x3
	autdza x4
	pacdb x0, x1
	autdb x0, sp
	pacdzb x3
	autdzb x4
	pacga x0, x1, x2
	xpaci x0
	xpacd x1
	braa x0, x1
	blraa x0, sp
	braaz x1
	blraaz x2
	retaa
	eretaa
	ldraa x0, [x1, #-8]
	ldraa x0, [x1, #16]!
	ldraa x0, [x1]
	brab x0, x1
	blrab x0, sp
	brabz x1
	blrabz x2
	retab
	eretab
	ldrab x0, [x1, #-8]
	ldrab x0, [x1, #16]!
	ldrab x0, [x1]
	paciaz
	paciasp
	pacibz
	pacibsp
	autiaz
	autiasp
	autibz
	autibsp
	xpaclri
	pacia1716
	pacib1716
	autia1716
	autib1716
	bti
	bti c
	bti j
	bti jc
	esb
	psb csync
	tsb csync
	csdb
	dgh
	nop
	yield
	wfe
	wfi
	sev
	sevl
	hint #0x16
	hint #0x30
	hvc #0
	hvc #1
	smc #0
	svc #0
	hlt #0xf000
	brk #0x800
	brk #0x5512
	dcps1
	dcps3 #1
	drps
	eret
	sb
	udf #0
	udf #18
	ssbb
	pssbb
	dsb sy
	dsb ish
	dsb nshst
	dmb ishld
	isb
	clrex
	wfet x0
	wfit x1
	irg x0, x1
	irg x0, sp, x2
	gmi x0, x1, x2
	addg x0, x1, #16, #3
	subg sp, x1, #1008, #15
	subp x0, x1, x2
	subps x0, x1, x2
	cmpp x1, x2
	stg x0, [x1]
	stg x0, [x1, #-32]
	stg x0, [x1, #16]!
	stg x0, [x1], #4080
	stzg x0, [x1]
	stzg x0, [x1, #-32]
	stzg x0, [x1, #16]!
	stzg x0, [x1], #4080
	st2g x0, [x1]
	st2g x0, [x1, #-32]
	st2g x0, [x1, #16]!
	st2g x0, [x1], #4080
	stz2g x0, [x1]
	stz2g x0, [x1, #-32]
	stz2g x0, [x1, #16]!
	stz2g x0, [x1], #4080
	ldg x0, [x1]
	ldg x0, [x1, #16]
	stgp x0, x1, [x2]
	stgp x0, x1, [x2, #16]
	stgp x0, x1, [x2, #-16]!
	stgp x0, x1, [x2], #32
	ldgm x0, [x1]
	stgm x0, [x1]
	stzgm x0, [x1]
	at s1e1r, x0
	at s1e1w, x0
	at s1e0r, x0
	at s1e0w, x0
	at s1e2r, x0
	at s1e2w, x0
	at s12e1r, x0
	at s12e1w, x0
	at s12e0r, x0
	at s12e0w, x0
	at s1e3r, x0
	at s1e1rp, x0
	at s1e1wp, x0
	dc ivac, x1
	dc isw, x1
	dc csw, x1
	dc cisw, x1
	dc zva, x1
	dc cvac, x1
	dc cvau, x1
	dc civac, x1
	dc cvap, x1
	dc cvadp, x1
	dc igvac, x1
	dc gva, x1
	dc gzva, x1
	dc cigvac, x1
	dc cgvac, x1
	ic ialluis
	ic iallu
	ic ivau, x3
	cfp rctx, x0
	dvp rctx, x0
	cpp rctx, x0
	tlbi vmalle1is
	tlbi vmalle1
	tlbi alle1
	tlbi alle1is
	tlbi alle2
	tlbi alle2is
	tlbi vmalls12e1is
	tlbi vae1is, x0
	tlbi aside1is, x0
	tlbi vaae1is, x0
	tlbi vale1is, x0
	tlbi vaale1is, x0
	tlbi vae1, x0
	tlbi vale1, x0
	tlbi ipas2e1is, x0
	tlbi vae2is, x0
	tlbi rvae1is, x0
	tlbi rvale1is, x0
	tlbi vae1os, x0
	mrs x1, sp_el0
	msr sp_el0, x2
	mrs x1, sp_el1
	msr sp_el1, x2
	mrs x1, elr_el1
	msr elr_el1, x2
	mrs x1, spsr_el1
	msr spsr_el1, x2
	mrs x1, esr_el1
	msr esr_el1, x2
	mrs x1, far_el1
	msr far_el1, x2
	mrs x1, ttbr0_el1
	msr ttbr0_el1, x2
	mrs x1, ttbr1_el1
	msr ttbr1_el1, x2
	mrs x1, tcr_el1
	msr tcr_el1, x2
	mrs x1, sctlr_el1
	msr sctlr_el1, x2
	mrs x1, actlr_el1
	msr actlr_el1, x2
	mrs x1, cpacr_el1
	msr cpacr_el1, x2
	mrs x1, mair_el1
	msr mair_el1, x2
	mrs x1, amair_el1
	msr amair_el1, x2
	mrs x1, vbar_el1
	msr vbar_el1, x2
	mrs x1, par_el1
	msr par_el1, x2
	mrs x1, contextidr_el1
	msr contextidr_el1, x2
	mrs x1, tpidr_el1
	msr tpidr_el1, x2
	mrs x1, tpidr_el0
	msr tpidr_el0, x2
	mrs x1, tpidrro_el0
	msr tpidrro_el0, x2
	mrs x1, tpidr_el2
	msr tpidr_el2, x2
	mrs x1, daif
	msr daif, x2
	mrs x1, nzcv
	msr nzcv, x2
	mrs x1, currentel
	mrs x1, spsel
	msr spsel, x2
	mrs x1, pan
	msr pan, x2
	mrs x1, uao
	msr uao, x2
	mrs x1, ssbs
	msr ssbs, x2
	mrs x1, dit
	msr dit, x2
	mrs x1, tco
	msr tco, x2
	mrs x1, fpcr
	msr fpcr, x2
	mrs x1, fpsr
	msr fpsr, x2
	mrs x1, midr_el1
	mrs x1, mpidr_el1
	mrs x1, revidr_el1
	mrs x1, ctr_el0
	mrs x1, dczid_el0
	mrs x1, cntvct_el0
	mrs x1, cntpct_el0
	mrs x1, cntfrq_el0
	msr cntfrq_el0, x2
	mrs x1, cntv_ctl_el0
	msr cntv_ctl_el0, x2
	mrs x1, cntv_cval_el0
	msr cntv_cval_el0, x2
	mrs x1, cntp_ctl_el0
	msr cntp_ctl_el0, x2
	mrs x1, cntp_cval_el0
	msr cntp_cval_el0, x2
	mrs x1, cntkctl_el1
	msr cntkctl_el1, x2
	mrs x1, cntvoff_el2
	msr cntvoff_el2, x2
	mrs x1, hcr_el2
	msr hcr_el2, x2
	mrs x1, sctlr_el2
	msr sctlr_el2, x2
	mrs x1, vttbr_el2
	msr vttbr_el2, x2
	mrs x1, vtcr_el2
	msr vtcr_el2, x2
	mrs x1, esr_el2
	msr esr_el2, x2
	mrs x1, far_el2
	msr far_el2, x2
	mrs x1, hpfar_el2
	msr hpfar_el2, x2
	mrs x1, elr_el2
	msr elr_el2, x2
	mrs x1, spsr_el2
	msr spsr_el2, x2
	mrs x1, vbar_el2
	msr vbar_el2, x2
	mrs x1, mdscr_el1
	msr mdscr_el1, x2
	mrs x1, oslar_el1
	mrs x1, oslsr_el1
	mrs x1, osdlr_el1
	msr osdlr_el1, x2
	mrs x1, pmcr_el0
	msr pmcr_el0, x2
	mrs x1, pmccntr_el0
	msr pmccntr_el0, x2
	mrs x1, pmcntenset_el0
	msr pmcntenset_el0, x2
	mrs x1, pmcntenclr_el0
	msr pmcntenclr_el0, x2
	mrs x1, pmovsclr_el0
	msr pmovsclr_el0, x2
	mrs x1, pmselr_el0
	msr pmselr_el0, x2
	mrs x1, pmxevtyper_el0
	msr pmxevtyper_el0, x2
	mrs x1, pmxevcntr_el0
	msr pmxevcntr_el0, x2
	mrs x1, pmuserenr_el0
	msr pmuserenr_el0, x2
	mrs x1, pmintenset_el1
	msr pmintenset_el1, x2
	mrs x1, pmintenclr_el1
	msr pmintenclr_el1, x2
	mrs x1, id_aa64pfr0_el1
	mrs x1, id_aa64pfr1_el1
	mrs x1, id_aa64isar0_el1
	mrs x1, id_aa64isar1_el1
	mrs x1, id_aa64mmfr0_el1
	mrs x1, id_aa64mmfr1_el1
	mrs x1, id_aa64mmfr2_el1
	mrs x1, id_aa64dfr0_el1
	mrs x1, gcr_el1
	msr gcr_el1, x2
	mrs x1, rgsr_el1
	msr rgsr_el1, x2
	mrs x1, tfsr_el1
	msr tfsr_el1, x2
	mrs x1, tfsre0_el1
	msr tfsre0_el1, x2
	mrs x1, apiakeylo_el1
	msr apiakeylo_el1, x2
	mrs x1, apiakeyhi_el1
	msr apiakeyhi_el1, x2
	mrs x1, apibkeylo_el1
	msr apibkeylo_el1, x2
	mrs x1, apgakeylo_el1
	msr apgakeylo_el1, x2
	mrs x1, apdakeylo_el1
	msr apdakeylo_el1, x2
	mrs x1, apdbkeyhi_el1
	msr apdbkeyhi_el1, x2
	mrs x1, afsr0_el1
	msr afsr0_el1, x2
	mrs x1, afsr1_el1
	msr afsr1_el1, x2
	mrs x1, isr_el1
	mrs x1, rvbar_el1
	mrs x1, csselr_el1
	msr csselr_el1, x2
	mrs x1, ccsidr_el1
	mrs x1, clidr_el1
	mrs x1, zcr_el1
	msr zcr_el1, x2
	mrs x1, id_aa64zfr0_el1
	mrs x1, disr_el1
	msr disr_el1, x2
	mrs x1, vdisr_el2
	msr vdisr_el2, x2
	mrs x1, mdcr_el2
	msr mdcr_el2, x2
	mrs x1, cptr_el2
	msr cptr_el2, x2
	mrs x1, rndr
	mrs x0, s3_0_c12_c12_0
	msr s3_0_c4_c6_0, x3
	msr s3_0_c12_c11_5, x0
	mrs x0, s3_0_c12_c8_4
	msr daifset, #2
	msr daifclr, #15
	msr spsel, #1
	msr pan, #1
	msr uao, #0
	msr ssbs, #1
	msr dit, #1
	msr tco, #0
	cfinv
	xaflag
	axflag
	rmif x0, #3, #15
	setf8 w0
	setf16 w1
	sys #3, c7, c4, #1, x0
	sysl x0, #0, c7, c0, #1
	crc32b w0, w1, w2
	crc32cb w0, w1, w2
	crc32h w0, w1, w2
	crc32ch w0, w1, w2
	crc32w w0, w1, w2
	crc32cw w0, w1, w2
	crc32x w0, w1, x2
	crc32cx w0, w1, x2
	prfm pldl1strm, [x0]
	prfm pstl1keep, [x0, #8]
	prfm pldl1keep, [x0, x1]
	prfum pldl1keep, [x0, #-1]
	ldr x0, [x1, w2, sxtw #3]
	ldr x0, [x1, x2, lsl #3]
	ldr w0, [x1, w2, uxtw]
	strb w0, [x1, x2]
	ldtr x0, [x1]
	sttr w0, [x1, #4]
	ldtrb w0, [x1]
	ldpsw x0, x1, [x2, #8]
	ldnp x0, x1, [x2]
	stnp w0, w1, [x2, #8]
	ldp w1, w2, [x3], #8
	stp x29, x30, [sp, #-32]!
	ldr x0, [x1], #-8
	ldrsw x0, [x1, #4]
	ldrsw x1, [x2], #4
	movz x0, #0xffff, lsl #48
	movk x1, #0x12, lsl #16
	mov x2, #0xffffffffffffffff
	mov w0, #0xfffffff4
	mov x0, #0xffff0000ffff0000
	mvn x0, x1
	neg x0, x1
	cset w0, eq
	csetm x0, ne
	cinc x0, x1, lt
	cneg w0, w1, ge
	csel x0, x1, xzr, hi
	csinc x0, x1, x2, eq
	ccmp x0, #4, #0, ne
	ccmn w1, w2, #4, eq
	ubfx x0, x1, #4, #52
	sbfx x0, x1, #4, #52
	ubfiz w0, w1, #2, #8
	bfi x0, x1, #3, #4
	bfxil w0, w1, #1, #2
	lsl x0, x1, #5
	lsr w0, w1, #7
	asr x0, x1, #63
	ror x0, x1, #3
	extr x0, x1, x2, #9
	sxtw x0, w1
	uxtb w0, w1
	sxth x1, w2
	lsl x0, x1, x2
	rev x0, x1
	rev16 w0, w1
	rev32 x0, x1
	rbit x1, x2
	clz w0, w1
	cls x0, x1
	add x0, x1, #4, lsl #12
	add x0, x1, w2, sxtw
	add x0, x1, x2, lsl #4
	sub sp, sp, #32
	subs x0, x1, x2
	cmp x0, #0x10
	cmp w1, w2, uxtb
	cmn x0, #1
	tst x0, #0xff
	tst w0, w1
	and x0, x1, #0xfffffffffffff000
	bic x0, x1, x2
	orr w0, w1, #1
	orn x0, x1, x2
	eor x0, x1, x2, ror #3
	eon w0, w1, w2
	adc x0, x1, x2
	sbc w0, w1, w2
	ngc x0, x1
	negs w1, w2
	mov sp, x1
	mov x1, sp
	madd x0, x1, x2, x3
	mul w0, w1, w2
	mneg x0, x1, x2
	smull x0, w1, w2
	umull x0, w1, w2
	umulh x0, x1, x2
	smulh x0, x1, x2
	umaddl x0, w1, w2, x3
	smsubl x0, w1, w2, x3
	udiv x0, x1, x2
	sdiv w0, w1, w2
	msub x0, x1, x2, x3
	umnegl x0, w1, w2
	cpyfp [x0]!, [x1]!, x2!
	cpyfm [x0]!, [x1]!, x2!
	cpyfe [x0]!, [x1]!, x2!
	cpyp [x0]!, [x1]!, x2!
	cpym [x0]!, [x1]!, x2!
	cpye [x0]!, [x1]!, x2!
	setp [x0]!, x1!, x2
	setm [x0]!, x1!, x2
	sete [x0]!, x1!, x2
	cpyfprt [x0]!, [x1]!, x2!
	cpyfpwt [x0]!, [x1]!, x2!
	b .
	bl . + 8
	b.eq . - 8
	cbz x0, . + 16
	cbnz w1, . - 16
	tbz x0, #40, . + 4
	tbnz w0, #3, . + 4
	adr x0, . + 12
	adrp x0, . + 8192
	ldr x0, . + 16
	ldrsw x0, . + 16
	br x16
	blr x1
	ret
	ret x1
