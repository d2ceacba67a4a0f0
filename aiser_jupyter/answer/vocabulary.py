"""Words by what they speak of: the fields of business and the kinds of request that a question's words point to.

A word stands for all its forms (it is stemmed); a word may stand under several heads. None is tied to one trade: a trade's own words are
under what they mean there.
"""

from __future__ import annotations

from functools import cache

WORDS: dict[str, str] = {
    # money
    "income": """revenue turnover sales sale income earning takings receipts proceeds gross net royalty fee fees subscription commission arr mrr arpu revpar adr aov gmv
        billing billed bill invoice invoiced premium dues fare rent rental interest dividend donation gift tuition toll surcharge tariff levy deposit dollar euro pound money cash usd eur gbp""",
    "cost": """cost costs expense expenditure spend spent spending opex capex overhead payroll wage salary cogs burn budget budgeted overspend underspend overrun price expensive
        rebate discount refund penalty fine compensation payout markdown writeoff depreciation tax vat duty fuel-bill bonus allowance overtime-pay""",
    "profit": """profit profitable profitability margin ebitda ebit markup contribution breakeven loss losses roi payback yield p&l pnl npv irr realisation realization""",
    "debt": """debt debtor creditor arrears overdue unpaid outstanding owed owe owing receivable payable collection reclaim default provision reserve liquidity solvency loan credit balance advance
        dso wip accrual ledger reconcile unreconciled cashflow treasury hedge runway funding grant endowment""",
    "accounts": """account accounting accounts fiscal financial finance finances cfo controller auditor audit fy statement quarterly annual close outturn committee p&l balance-sheet""",
    # the people served
    "customer": """customer client buyer shopper consumer member guest subscriber tenant donor patient passenger user visitor student pupil applicant resident policyholder
        saver borrower player reader viewer listener fan household family couple parent attendee attender delegate traveller flyer commuter renter owner giver supporter alumni grantee recipient
        citizen voter pax walk-in regular newcomer joiner whale account holder cardholder diner""",
    "behaviour": """churn retain retention loyal loyalty renew renewal cancel cancellation cancelled lapse lapsed return returning returned repeat again leave left leaver quit lost inactive dormant join joined signup
        convert conversion trial onboard adopt adoption engage engagement active visit basket cohort reactivate unsubscribe upgrade downgrade refer referral switch switcher come-back visited came attend attendance
        drop-out tenure login session lifetime ltv clv habit prefer prefered favourite""",
    "feedback": """satisfaction satisfied happy unhappy nps csat complaint complain review rating rate rated star feedback survey opinion score sentiment experience praise""",
    "people": """age gender women men woman man kids children adult teen senior nationality language demographic segment persona income-group postcode first-time new old young""",
    # the work
    "work": """order shift team staff worker employee nurse doctor driver technician teacher agent clerk crew volunteer guard picker operator officer handler manager headcount hours overtime absence absent sick
        roster rota schedule task job vacancy hire hiring recruit recruiting training interview timesheet tenure supervisor subcontractor contractor""",
    "time": """wait waiting queue delay delayed late punctual punctuality ontime backlog turnaround duration minutes hours days lead cycle response resolution resolve process processing approval time slow slower speed fast
        throughput idle dwell hold held stuck pending open closed reopened overdue deadline sla tat first-attempt""",
    "assets": """machine machinery truck vehicle fleet van bus train aircraft plane crane line plant press press equipment sensor server meter pump turbine boiler lift elevator oven fridge till bed room theatre berth
        tank gate dock depot hub warehouse yard site workshop bay cell network mould battery charger robot conveyor terminal kiosk printer projector carriage""",
    "stock": """stock inventory sku item part material ingredient supply supplier vendor delivery deliver shipment ship freight parcel package pallet container cargo load batch lot reorder replenish shelf shelves
        purchase procurement waste scrap spoilage shrink shrinkage wastage surplus shortage out-of-stock""",
    "running": """utilisation utilization occupancy capacity load uptime downtime outage breakdown fault failure failed error defect incident accident safety injury crash rework repair maintenance service inspection
        leak leakage burst quality yield oee mtbf scrap rejected rejection deviation production produce produced output volume usage consumption energy water kwh temperature latency ticket tickets call calls incident
        misroute pick picking packing sort cleaning cleaned lesson class module course surgery appointment booking flight route trip stop round meal cover covers visit harvest crop milk""",
    # the market
    "rivals": """competitor competition competing rival peer peers benchmark comp compset comparable others other-operators industry sector market marketplace neighbour neighbouring index median-market multiplex incumbent
        versus-competitor outside elsewhere league ranking position positioning share-of-voice penetration""",
    "promotion": """campaign marketing advert advertising ad ads adspend promo promotion promotional leaflet flyer poster mailing mailshot newsletter banner click ctr cpc cpm cpa cac cpl cpi roas roi-marketing impression reach
        keyword seo sem google facebook instagram tiktok youtube influencer sponsor sponsorship brand branding awareness lead leads funnel channel attribution trailer launch uplift aggregator affiliate
        ota portal comparison-site""",
    "offers": """bid tender pitch quote quoted win won deal listing list-price launch demand territory catchment export importer critics elasticity""",
    # the long run
    "horizon": """strategy strategic longterm long-term years decade since roadmap vision future horizon 2028 2029 2030 2035 2040 2050 pledge goal target obligation plan planning ambition transition
        carbon net-zero neutral sustainability esg retire succession""",
    "decision": """should shall worth keep keeping close closing open opening merge merging acquire acquisition sell divest exit enter expand expansion invest investment build drop discontinue stop replace lease buy outsource
        relocate franchise consolidate viable feasible feasibility case option scenario replanting small-works stay leave cut pay-off sense convincing arguments division site""",
    "direction": """board investor shareholder owners owner landlord trustee ceo exec executive memo second third new plant branch clinic store portfolio business-case swot risk""",
    # requests
    "cause": """why reason cause caused driver drove driving explain explanation behind because led root factor culprit blame due happened explains made makes pushed triggered contribute how-come factors""",
    "ahead": """forecast predict prediction projection projected project expect expected will would next tomorrow coming upcoming outlook estimate estimated plan anticipate extrapolate trend-continue pace future end
        shall need required going land december winter summer season likely probable""",
    "writes": """delete drop truncate remove erase wipe purge insert update alter overwrite set reset change modify edit cancel void approve reject close clear waive refund assign reassign reactivate ban grant revoke mark
        disable deactivate rename fire raise backdate anonymise release evict disconnect unpublish rebook write-off merge create add give clean archive correct increase lower double charge transfer post rebook""",
    "quality": """missing null nulls blank empty duplicate duplicated duplicates outlier outliers anomaly anomalies weird odd strange wrong suspicious sanity check clean dirty complete completeness quality profile typo typos
        misspelled invalid inconsistent gap gaps distribution unique range negative spike unusual plausible validate verify filled nan garbage format length overlap future-date""",
    "schema": """table tables column columns field fields schema stored store find where data database contain contains hold holds dataset datasets record info information structure key metadata definition mean means""",
    "tool": """export download upload import connect connection install schedule notebook api key pdf excel csv print font dark language windows vscode python command commands shortcut login logout undo
        save share refresh button setting settings help support file files sheet sheets email alert alerts chart types colour color theme version plugin magic model openai offline internet button menu permissions units currency sql query""",
    "document": """report memo deck slides slide presentation paper brief summary recap note writeup write analysis pager one-pager overview letter newsletter review document pages pptx handout bulletin""",
    "screen": """dashboard board scorecard cockpit monitor screen wall live tile tiles kpi overview control tower console andon display panel view""",
    "greeting": """hi hello hey thanks thank thx cheers bye goodbye morning afternoon evening night ok okay great nice cool awesome perfect lol haha sorry welcome good bot love joke name weather coffee wow bravo
        merci ciao hola appreciate helpful useful clever smart funny rock best amazing super brilliant""",
    "edits": """only just without exclude excluding include including instead same again also too now sort sorted order by per as chart pie bar line map percent percentage share total average median top bottom
        descending ascending split group flip axes stacked show add limit filter rest other both what-about and""",
}  # fmt: skip


@cache
def heads() -> dict[str, tuple[str, ...]]:
    """The heads each stem stands under."""
    from aiser_jupyter.ask.words import stem

    found: dict[str, list[str]] = {}
    for head, text in WORDS.items():
        for word in sorted({stem(w) for w in text.split()}):
            found.setdefault(word, []).append(head)
    return {word: tuple(kept) for word, kept in found.items()}
