"""The words that tell what a question wants: patterns with weights, by dispatch, field of business and objective.

A weight says how sure a pattern is: 3 decides alone, 2 needs no contradiction, 1 only adds. Patterns see lower-case text.
"""

from __future__ import annotations

Weighted = tuple[tuple[float, str], ...]

# Words that say that something went up, down or wrong: a question for the cause has one.
MOVED = r"(?:drop|dropp|fall|fell|declin|decreas|rise|rose|risen|rising|increas|grow|grew|jump|spike|surge|slump|dip|plunge|shrink|shrank|slow|late|lower|higher|worse|bad|poor|down|up|miss|peak|change|gap|behind|lose|losing|lost|cost so|expensive|differ)"
PERIOD = r"(?:day|week|wk|month|mth|quarter|qtr|year|yr|season|summer|winter|spring|autumn|fall|holiday|christmas|january|february|march|april|may|june|july|august|september|october|november|december|q[1-4]|h[12]|fy)"
RESULT = r"(?:chart|graph|plot|axis|legend|filter|label|title|colou?rs?|decimals?|table view|total row|totals|result|last column|first column|column headers?|bars?|lines?|pie|currency|format|view)"
WRITE = r"(?:delete|drop|truncate|erase|wipe|purge|insert|overwrite|alter|grant|revoke|deactivate|disable|nuke|destroy|void)"
MUTATE = r"(?:remove|update|set|change|modify|edit|correct|fix|increase|raise|lower|reduce|cancel|reset|mark|rename|add|create|archive|approve|assign|merge|replace|give (?:everyone|everybody|all|every|each|them|him|her)|transfer|refund|backdate|close|enter|post|book|move|restore|adjust|clear)"
ASKED = r"^(?:(?:please|pls|plz|kindly|now|ok|okay|hey|hi|so|just|and|then|can you|could you|would you|can u|you should|i want you to|i need you to|i'd like you to|we need to|let'?s|go ahead and|quickly|first|help me)[,\s]+)*"

DISPATCH: dict[str, Weighted] = {
    "refuse": (
        (
            3,
            r"^(?:please |pls |now |just |can you |could you )*(?:cancel|evict|void|refund|rebook|unpublish|seal|lock|expel|suspend|terminate|close|approve|reject|reopen|release|discharge) (?:all|every\w*|each|everybody|everyone|any|the|this|that|his|her|my|our|their|order|booking|ticket|case|invoice|deal|lease|claim|tenants?|user|account)\b(?!.*\b(?:per|by|rate|month|week)\b)|\bout of the (?:system|database|books|data|records)\b|\bi mean delete\b|^(?:change|set|make|put|lower|raise|increase|reduce)\b.*\b(?:to|by|at|=|max|min) (?:[$€£]?\d|zero|null|nothing)|^(?:remove|delete|drop|erase) (?:mr|mrs|ms|dr|all|every|those old|his|her|my|their|invoice|order|employee|customer|user|account|case)\b",
        ),
        (
            3,
            r"^(?:please |pls |now |just |quickly |can you |could you |we need to |i want you to |you should )*(?:set|put|clear|clean up|anonymise|anonymize|reactivate|reset|zero|unlock|swap|waive|release|reopen|rebook|unpublish|deactivate|evict|disconnect|downgrade|upgrade|enrol+|write off|put down|give|mark|bulk update|fill in|make) (?:all (?!the\b)|every\w*|everybody|each|(?<!give )the|his|her|their|my|any|our|down all|\w+ (?:of|for|to|=|in) |\w+ ?= ?)(?!.*\b(?:\" + RESULT + r\"|report|deck|slides?|case|memo|dashboard|summary|board)\b)",
        ),
        (
            3.5,
            r"^(?:please |pls |now |just |go ahead and )*(?:double|halve|triple|approve|reject|pretend|impersonate|sabotage|tamper|forge|backdate)\b",
        ),
        (3.5, ASKED + WRITE + r"\b(?! (?:the |those |these |all )?" + RESULT + r")"),
        (
            3.5,
            ASKED
            + r"(?:charge|fire|pay|ban|block|refund|ship|hire|invoice|call|text|notify)\b (?:every|all|everyone|each|him|her|them|the|\d+)\b(?!.*\b(?:rate|ratio|per|by|average)\b)",
        ),
        (
            3.5,
            r"\b(?:drop|truncate|alter) (?:the )?(?:table|database|schema|view|column|index)\b|\bdelete from\b|\binsert into\b|\bupdate \w+ set\b|;\s*(?:drop|delete|update|insert|--)",
        ),
        (
            3.5,
            ASKED
            + MUTATE
            + r"\b(?!.*\b(?:"
            + RESULT
            + r"|reports?|dash\w*|boards?|decks?|slides?|summary|overview|presentation|memo|brief|forecast|plan|list of|alert|analysis)\b).*\b(?:rows?|records?|entr(?:y|ies)|tables?|database|db|prices?|salar(?:y|ies)|status|customers?|clients?|accounts?|orders?|invoices?|products?|items?|users?|employees?|stock|address|emails?|phone|discounts?|balances?|members?|suppliers?|duplicates|bookings?|tickets?|passwords?|permissions?|amounts?|hours|dates?|log|logs|everyone|all|limits?|targets?|names?)\b",
        ),
        (
            4,
            r"\b(?:ignore|forget|disregard|bypass|override|skip|turn off|disable|get around|work ?around)\b.*\b(?:instruction|rule|guard|restriction|polic|filter|permission|check|limit|security|row.level|masking|audit|safety)",
        ),
        (
            4,
            r"\benvironment variables?\b|\benviron\b|(?:^|\s)(?:/etc/|/proc/|/var/|~/|\.\./)\S|\b(?:etc|proc) ?/ ?\w|\b(?:shut ?down|reboot|restart|kill|stop) (?:the |this |my )?(?:database|server|engine|kernel|machine|session|process)",
        ),
        (
            4,
            r"\b(?:system prompt|passwords?|passwd|api.?keys?|access tokens?|credentials?|private keys?|credit card (?:numbers?|details)|card numbers?|cvv|social security|ssns?\b|hack|exfiltrat|etc/passwd|rm -rf|admin rights|root access|connection string)",
        ),
        (
            3,
            r"\b(?:so (?:that )?(?:nobody|no one|the auditors?)|without (?:anyone|anybody|logging|leaving|telling)|nobody will (?:look|notice|know)|cover up|fake|falsif|make up (?:some )?(?:numbers|figures)|invent (?:some )?(?:numbers|figures|data)|hide the)\b",
        ),
        (3, r"\b(?:home address|medical record|diagnos\w+ of|private (?:emails?|messages?|phone)|religion|sexual)\b"),
    ),
    "why": (
        (
            2.5,
            r"[?,;.:-] ?what (?:is it|changed|happened|went wrong|did it)\W*$|\bwhich \w+ did it\b|\bhow do you explain\b|^what makes\b|\bexplanation\b",
        ),
        (
            3,
            r"^what(?:'s|s| has| have)? (?:\w+ed|ate|eats|eating|drove|made|held|hit|hurts?|broke|shot|kept|brought) (?:the|our|my|this|us|so|down|up|in|\w+ (?:to|above|below|down|up))\b(?!.*\?$.*\bmost\b)",
        ),
        (
            2.5,
            r"\bhow so\W*$|\bwhat was it\W*$|,? y\W*$|\b(?:the )?(?:reasons?|causes?|drivers?|factors?|root causes?|explanation|why(?: so)?|explain)(?: pls| please)?\W*$|\bany (?:idea|clue|guess)\b|^what about it\b.*\bwhy\b|\bhow come\b|\bwhat is (?:going on|wrong)\W*$",
        ),
        (3, r"\bwhy\b|\bhow come\b|\bwhy'?s\b|\bwhat for\b"),
        (
            3,
            r"\bwh?at(?:'s|s| is| are| was| were| has| have)? (?:\w+ )?(?:caus|driv|drove|explain|behind|led to|leads to|leading to|made|making|push|responsible|triggered|pulling|dragging|hurting|killing|blame)",
        ),
        (
            3,
            r"\b(?:root.?cause|reasons?|causes?|culprit|drivers? (?:of|behind|for)|explanation|diagnos|due to what|what went wrong|to blame|attributable|where does .* come from|what happened (?:to|in|with)|what changed|which factors?|what factors?|behind the|what'?s up with|what'?s going on with)\b",
        ),
        (
            3,
            r"\bwhat happened\W*$|\baccounts? for (?:the|this|that|our) (?:\w+ ){0,2}"
            + MOVED
            + r"|\bholding (?:us |\w+ )?back\b|\bgoing wrong\b|\bend(?:ed)? up with (?:less|fewer|more|so)\b|\bwhere did we (?:lose|go wrong)\b",
        ),
        (
            3,
            r"\bexplain (?:it|this|that|why|the|our|what)\b(?!.*\b(?:to|for) (?:the |our )?(?:board|investors?|management|ceo|cfo|owners?|shareholders?)\b)(?!.*\b(?:magics?|command|column|table|use|tool)\b)|\b"
            + MOVED
            + r".*\bexplain\b",
        ),
        (1.5, r"\bbecause\b|\bdue to\b|\bresponsible for\b|\bcontribut"),
    ),
    "forecast": (
        (
            2.5,
            r"\b(?:to expect|do we need|will we need|we need|i need|to (?:build|bake|buy|produce|prepare|brew|plant|order) for|be short of|in the pipeline)\b",
        ),
        (
            2.5,
            r"\b(?:should|do|must|shall) (?:i|we|they) (?:re)?(?:order|buy|stock|prepare|bake|brew|hire|staff|book|expect|plan|make|produce)\b|\b(?:needed|required|to expect|to be expected|expected|est\.?|estimate) (?:for|in|on|by)\b|\bwe (?:can|could|might|may|shall|will) (?:expect|get|need|see|have|collect)\b|\bat (?:this|the current|current) (?:pace|burn|rate|speed|trend)\b|\b(?:this|the) (?:coming|upcoming)\b",
        ),
        (
            3,
            r"\bneeds? for (?:the )?(?:next|coming|christmas|easter|summer|winter|\w+ week|\w+ season)\b|\b(?:develop|evolve|look) (?:until|by|in|over) (?:the next|20\d\d)\b|\b(?:until|through|by) 20(?:2[7-9]|[3-9]\d)\b",
        ),
        (
            3,
            r"\b(?:forecasts?|forecasting|predict|predicts|predicting|predictions?|projections?|project (?:the|our|my|next)|extrapolat|outlook|what.?if|scenario|simulat|prognos)",
        ),
        (
            3,
            r"\bwill\b.*\b(?:be|we|have|reach|need|run|sell|exceed|hit|grow|fall|rise|cost|last|take|happen|make|get|come|look|earn|spend|lose|land|churn|leave|return|buy|cancel|arrive)\b|\b(?:we|it|they|he|she)'ll\b|\bwill (?:the|our|this|next)\b",
        ),
        (
            2.5,
            r"\b(?:going to|gonna|on (?:the )?current|at (?:this|the current|current) (?:rate|pace|trend|speed)|if (?:the )?trend|if (?:this|things|growth|it) (?:continues?|keeps?|holds?)|on track|run.?rate|expected? (?:for|in|by|over|demand|sales|number|to)|estimate (?:for|of|the|our) .*(?:next|coming|20[3-9]\d)|expect (?:for|in|by|to|next|over|this|from)|should we (?:expect|plan|order|budget|staff|stock|hire for)|plan for|to be expected|when (?:will|do we run|are we going)|run out|by the end of|year.?end|likely)\b",
        ),
        (
            2.5,
            r"\b(?:next|nxt|coming|upcoming|following) (?:\w+ )?"
            + PERIOD
            + r"s?\b|\bin \w+ (?:months|years|weeks|quarters)'? time\b|\b(?:be|in) in \w+ (?:months|years|weeks)\b|\b(?:months|quarters|years|weeks) ahead\b|\b20(?:2[7-9]|[3-9]\d)\b",
        ),
        (2.5, r"\b(?:if|suppose|assuming) (?:we|i|prices?|the|demand|wages|costs?|interest|rates?)\b.*"),
        (
            3,
            r"\bwhat happens (?:to|if|when|with)\b|\bprojected\b.*\b20(?:2[7-9]|[3-9]\d)\b|\bprojected (?:sales|revenues?|costs?|demand|headcount|profit|growth)\b|\b(?:do|will|would) we need (?:in|for|by|next|on|to (?:hire|order|buy))\b|\bwe need (?:in|for|by|next) (?:the |next )?(?:\w+ )?"
            + PERIOD
            + r"|\banticipat\w+|\bprobably\b|\bexpected (?:number|amount|volume|level|sales|costs?|revenue|demand)",
        ),
        (1, r"\bwould\b|\bfuture\b|\bahead\b|\btomorrow\b"),
    ),
    "profile": (
        (
            2,
            r"^any (?:[\w'-]+ ){1,6}[\w'-]+\?$|\b(?:in the file|in the data|in the sheet|in the import|data check|obviously wrong|always filled|ever empty)\b",
        ),
        (
            3,
            r"\bis the (?:\w+ )?(?:data|table|file|column|feed) (?:ok|okay|complete|valid|clean|correct|usable|good|consistent)\b|\b(?:strange|odd|weird|wrong|implausible|unusual|bad|extreme) (?:values|rows|entries|dates|numbers|records)\b|\bdouble (?:entries|rows|records)\b",
        ),
        (
            3,
            r"\bmatch(?:es)? (?:their|the|its|with)\b|\b(?:only|just) one value\b|\bsame value\b|\bcolumns? with (?:only|just|mostly|no|many|too)\b|\bvalidat\w+\b|\b(?:ids?|keys?|codes?|names?|emails?) unique\b|\badd up\b",
        ),
        (
            3,
            r"\b(?:data quality|quality (?:of|issues|check|problems)|profil(?:e|ing)|sanity.?check|summary stat|descriptive stat|completeness|well filled|how (?:full|complete|clean|good|reliable|trustworthy|dirty|messy|sparse)|any (?:errors|problems|issues|gaps|weird|odd|strange)|anything (?:weird|odd|strange|off|wrong|suspicious|missing)|anomal(?:y|ies)|plausib)",
        ),
        (
            3,
            r"\b(?:missing|null|nulls|blank|blanks|empty|nan|nans|n/a) (?:values?|entries|cells|fields|columns?|cols?|data|rows?|dates|rates?|in)\b|\b(?:mostly|often|half|ever|always|is|are) (?:empty|null|blank|missing)|\b(?:nulls|blanks|nans)\b",
        ),
        (
            3,
            r"\b(?:duplicates?|duplicated|dupes?|outliers?|typos?|inconsisten|malformed|invalid|garbage|placeholder|test rows|dirty|stale|constant columns?|encoding|mixed formats?|impossible|negative (?:ages?|quantit|prices?|amounts?)|out of range|wrong format|not unique)\b|\bunique\??$",
        ),
        (
            2,
            r"\b(?:check|validate|verify|inspect|audit|examine|clean|look over|assess|eyeball|health check|scan)\b.*\b(?:data|tables?|columns?|cols?|fields?|values?|file|dataset|rows?|csv|feed|import|col)\b",
        ),
        (
            2,
            r"\b(?:describe|summari[sz]e|overview of|explore|tell me about|get to know|what(?:'s| is) in|look at) (?:the |this |my |our |that )?(?:\w+ ){0,2}(?:data|data ?set|table|file|columns?|csv|dump|extract|sheet)\b",
        ),
        (
            2,
            r"\b(?:distribution|range|spread|min(?:imum)?,? (?:and )?max|cardinality|histogram|percentiles?|skew)\b.*\b(?:columns?|cols?|fields?|values?)\b|\b(?:columns?|cols?|fields?)\b.*\b(?:distribution|range|spread|cardinality|vary|skewed|values look)\b",
        ),
        (
            3,
            r"\b(?:basic|summary|column|quick|some) stats\b|\bstats (?:on|of|for|about) (?:the |all |each |every )?\w+\W*$|\b(?:can|should|may) (?:i|we|you) trust\b|\blooks? (?:wrong|odd|weird|suspicious|strange|off|fishy)\b|\bsuspicious\b|\bfill rate\b|\bgaps in\b|\b(?:columns?|fields?) and their ranges\b|\bis (?:the|this|my|our) (?:data|table|file|column|import|feed) (?:ok|okay|complete|valid|clean|correct|right|usable|good)\b",
        ),
        (2, r"\bhow many (?:distinct|unique|different|missing|empty|null) (?:values|rows|entries)\b"),
    ),
    "board": (
        (
            2.5,
            r"\b(?:board|screen|dashboard|cockpit|monitor|wall)\W*:|^(?:\w+ ){1,3}(?:board|screen|dashboard|cockpit|scorecard|live|monitor)\W*$",
        ),
        (2, r"\b(?:overview|screen|view)\b.*\b(?:w/|with)\b.*,"),
        (3.3, r"\b(?:a|one|big|wall|live) screen (?:with|for|showing|on|that)\b|\bon one screen\b"),
        (
            4,
            r"\bdash ?boards?\b|\bdashbord\b|\bscore ?cards?\b|\bcockpit\b|\bwall ?board\b|\bcontrol (?:tower|room|panel|centre|center)\b|\bbig screen\b|\btv screen\b|\bkpi (?:board|page|wall|screen|monitor|overview|view|panel)\b|\blive (?:view|board|page|screen|panel|monitor|tiles|kpis?|overview|tracking)\b|\bmonitoring (?:page|screen|view|board)\b",
        ),
        (
            3,
            r"\b(?:set up|build|make|create|want|need) (?:me |us )?an? (?:\w+ )?board\b|\bboard (?:to|with|showing|that|for the)\b|\b(?:tiles|gauges|widgets|screen for|monitor (?:for|in|on|with|that|showing)|page with|one.?screen|always.?on|auto.?refresh|refresh(?:es|ing)? every|keep an eye on|at a glance|updating (?:every|live)|real.?time (?:view|overview|page|screen|display))\b",
        ),
    ),
    "report": (
        (
            3,
            r"\b(?:in|on|as|with|of|,) (?:a |an |one |two |three |four |five |ten |\d+ |some |few |short )*(?:slides?|pages?|(?<!, )document(?! \w+s\b)|pdf|powerpoint|brochure|handout|deck|memo)\b|\b(?:brochure|handout|leaflet about|fact ?sheet|commentary|position paper|white ?paper|bulletin|minutes of)\b|\b(?:convince|persuade)\b",
        ),
        (
            3,
            r"\b(?:make|write|write up|build|put together|set out|argue) (?:up )?(?:me )?(?:a |an |the )?(?:\w+ )?(?:case|arguments?)\b|^arguments (?:for|against)\b|^(?:\w+[ -]){1,4}(?:summary|recap|report|memo|deck|slides|paper|review|write-?up|update)\W*$|\bone[- ]pager\b|\bpager\b",
        ),
        (3.2, r"\b(?:recommendation|position|decision|discussion|strategy) paper\b"),
        (
            3.6,
            r"^(?:please |pls )?(?:a |an |the )?(?:\w+ ){0,2}(?:paper|note|summary|report|deck|slides|overview document|story|letter|review) (?:on|about|for|of)\b|\bwrite (?:it|this|that|them) up\b|\bdocument (?:last|this|the|our)\b|^(?!(?:how|what|which|return|count|list|find|show)\b).*\b(?:pptx?|docx?|pdf)\W*$",
        ),
        (
            3.5,
            r"(?:^(?:\w+ ){0,3}|\b(?:write|prepare|make|create|draft|compile|produce|generate|build|put|give|need|want|wants|like|do|send|pull|get|assemble|finish|deliver|into|turn|as) .*)\b(?:slides?|slide ?deck|deck|powerpoint|pptx?|presentation|one.?pager|white ?paper|memo|handout|newsletter|write.?up|executive summary|board ?(?:pack|paper|book)|briefing|dossier|annual review|business review|qbr|management summary|fact ?sheet|case study|business case|pdf|docx?|word document|press release|investor (?:update|letter)|monthly letter)\b",
        ),
        (
            3,
            r"\b(?:write|prepare|make|create|draft|compile|produce|generate|build|put together|give me|give us|need|want|send|pull together|get me|assemble|finish|deliver|summari[sz]e)\b.*\b(?:report|analysis|summary|review|document|paper|story|narrative|brief|pack|recap|assessment|evaluation|something (?:convincing|nice|short))\b",
        ),
        (
            3,
            r"\breport (?:on|about|for|of|to|covering|with)\b|\breports?$|^(?:\w+ ){0,4}report\b|\b(?:analy[sz]e|review|assess|evaluate)\b.*\b(?:and|&|plus|incl\w*|with)\b.*\b(?:recommend|conclu|suggest|advi[sc]e|propos|next steps)",
        ),
        (
            2.5,
            r"\b(?:for|to) (?:the |our |my )?(?:board|owners?|committee|management|ceo|cfo|coo|cmo|executives?|directors?|investors?|shareholders?|leadership|stakeholders?|bank|partners|council|trustees|auditors?|minister|team meeting|boss)\b",
        ),
        (
            3.2,
            r"\b(?:in|on) (?:one|two|three|a|\d+|a single|half a) pages?\b|\b\d+ pages\b|\b(?:explain|present|summari[sz]e|show) .*\b(?:to|for) (?:the |our |my )?(?:board|investors?|management|ceo|cfo|owners?|shareholders?|committee|directors?|leadership)\b|\bfor (?:the |our |my |monday's |tomorrow's |next )?(?:\w+ )?meeting\b",
        ),
        (2, r"\b(?:deep dive|full analysis|thorough|in.?depth|comprehensive|detailed analysis|post.?mortem|wrap.?up|year in review)\b"),
    ),
    "schema": (
        (
            3,
            r"^tables? (?:with|about|for|on|that|holding|having)\b|^(?:is|are) there (?:a |an |any )?(?:table|column|field|anything|something|data)\b(?! (?:missing|wrong|odd|strange|weird))|\bdifference between (?:the )?\w+ and (?:the )?\w+ (?:tables?|columns?|fields?)\b|^what(?:'s|s| is)? (?:is )?stored\b",
        ),
        (
            1.5,
            r"^(?:where(?:'s|s| is| are| can i (?:see|find)| do (?:i|we) (?:see|find|keep|have)) (?:the |our |all |an?y? )?[\w' ]{1,40}\W*$)",
        ),
        (
            2.5,
            r"^what(?:'s|s| is) in (?:the |our )?\w+\W*$|\b(?:which|what) (?:kind of )?(?:info|information|data|fields?|columns?)\b(?=.*\b(?:keep|hold|have|exist|on|about|for|in|available|there)\b)(?!.*\b(?:missing|empty|null|wrong|blank)\b)|\bwhat do (?:we|you) (?:have|hold|keep|know|store) (?:on|about)\b|\b(?:do|does|have) (?:we|you|it) (?:got |have |track|store|record|keep|know|hold)\b(?!.*\b(?:how many|how much|more|less)\b)",
        ),
        (3, r"\bhow (?:do|does) [\w ]+ (?:link|relate|connect|map|join) (?:to|with)\b"),
        (
            3.2,
            r"\bthe (?:primary |foreign )?key of\b|\b(?:got|have you|is there|do you have|are there) any (?:data|info|information|table|column|field)s?\b|\bexplain (?:the )?(?:column|field|table|schema|data model)\b|\b(?:data|table|schema) cover(?:s|ed)?\b|\bstructure of\b|\bcolumns? (?:of|in) (?:the )?\w+(?: table)?\W*$",
        ),
        (
            3,
            r"^(?:the )?(?:tables?|columns?|fields?|schema)\W*$|\bdifference between (?:\w+_\w+|(?:the )?(?:columns?|fields?|tables?))\b|\bwhat (?:do|does) .*\b(?:mean|stand for)\b|\btable with\b",
        ),
        (
            3,
            r"\b(?:is|are) [\w ]{1,30} (?:recorded|stored|tracked|available|included|captured|kept|logged)\b(?: anywhere| here| at all| somewhere)?\W*$|^where (?:can|do|would|could) (?:i|we) (?:find|look|see) (?:the |our |a )?[\w ]+$",
        ),
        (
            3,
            r"\b(?:which|what|wich|wat) (?:\w+ )?(?:tables?|columns?|fields?|col|cols|attributes?|sheets?|views?|files?(?! (?:formats?|types?))|datasets?|data ?sets?|databases?|sources?)\b(?!.*\b(?:empty|null|missing|blank|outlier|duplicate|correlat|constant|suspicious|dirty))",
        ),
        (
            3,
            r"\b(?:schema|data ?model|data dictionary|erd?\b|entity.?relationship|primary keys?|foreign keys?|join keys?|metadata|table structure|column names?|column types?|data ?types?|field names?|lineage|definition of (?:the )?(?:column|field|table))",
        ),
        (
            3,
            r"\b(?:where|in which (?:table|column)) (?:is|are|do|does|can (?:i|we) find|would i find|do we|do you) .*(?:stored|kept|store|keep|recorded|saved|live|find|held|hold|come from|located|sit|data)\b|^where (?:is|are) (?:the )?(?:[\w ]+ )?(?:data|info|information|column|field|table)s?\??$",
        ),
        (
            3,
            r"\b(?:list|show|name|give)(?: me)? (?:all |the |all the |every |our |of the |me )*(?:available )?(?:tables?|columns?|fields?|views?|datasets?|data sources?)\b(?! of \d)|\bhow (?:is|are|do|does|can) .*\b(?:joined|linked|related|connected)\b|\b(?:how|do|does) .*\b(?:tables?|columns?)\b.*\b(?:joined?|linked?|relate[ds]?|connect(?:ed)?|related)\b",
        ),
        (
            3,
            r"\b(?:is|are) there (?:a|an|any) (?:\w+ ){0,3}(?:tables?|columns?|fields?|attributes?|flags?|keys?|dates? column)\b|^(?:so |and |hey )?(?:do|does|did) (?:we|you|it|the (?:data|database|db|system|warehouse)) (?:even |actually |also )?(?:have|store|record|track|keep|hold|contain|capture|log|collect|save|know)\b(?! enough).*(?:data|column|table|field|info|information|history|per|of|the|\w+)\??$",
        ),
        (
            2.5,
            r"\bwhat data\b|\bwhat(?:'s| is) in (?:this|the|our|my) (?:database|db|warehouse)\b|\bwhat (?:info|information) (?:do|is|can)\b|\bwhat(?:'s| is| does)(?: the)? (?:column|field|col|table|code|flag|abbreviation)?\s?[\w.]*_[\w.]* (?:mean|stand|contain|hold|for)|\bwhat does (?:the )?(?:column|field|col|table|value|code|flag)\b|\b(?:column|field|table|col) (?:\w+ )?(?:mean|means|meaning|stands?)\b|\bmeaning of\b",
        ),
        (
            2.5,
            r"\bhow many (?:tables|columns|fields|views)\b|\bhow (?:is|are) \w+ (?:stored|encoded|coded|defined|calculated in)\b|\bhow far back\b|\b(?:what|which) (?:time )?(?:period|range|years?|dates?) (?:does|do|is|are) the data\b",
        ),
    ),
    "help": (
        (
            3,
            r"^(?:hi|hey|please|pls|ok)?[, ]*(?:how|where) (?:do|can|could|would|should|to|did|must) (?:i|we|you|one)\b(?! (?:join|compare|rank|perform|do (?:in|on|this|with)|have|lose|stand|earn|spend|sell|make (?:more|less|money|the most)|get (?:our|the most|so))\b)|^how to\b|^do (?:i|we) (?:need|have to) (?:an? )?(?:account|key|licen[cs]e|login|install\w*|pay|password|model|server|python)",
        ),
        (
            3,
            r"\b(?:languages?|questions?|words) can i\b|\bcan i (?:ask|type|write)\b|\bwhere is (?:the )?(?:\w+ )?(?:button|menu|settings?|option|icon|toolbar|sidebar)\b|\bdark mode\b",
        ),
        (
            3,
            r"\b(?:example|sample) (?:questions?|queries|query|prompts?)\b|\bwhat (?:do|does) .*\b(?:command|sign|signs|symbol|magic|button|option|flag|icon) .*\b(?:do|mean|for)\b|\b(?:is there|any) (?:a |an )?(?:way|option|shortcut|button|command|setting|feature) (?:to|for)\b|\bhow (?:do|can) i\b.*\b(?:chart|plot|graph|notebook|cell|result|output|file|report|slides|pdf|excel|csv|this|it|connection|database|query|magic)s?\b",
        ),
        (
            3.5,
            r"\b(?:extension|kernel|magics?|notebook|plugin|jupyter|install\w*|sidebar|panel)\b.*\b(?:not|n't|fail\w*|crash\w*|error|broken|hang\w*|stuck|missing|gone)\b|\bcan (?:this|it) (?:run|be|do|work|read|open)\b|\bcan i (?:undo|redo|cancel|change|use|share|save|print|schedule|copy|add)\b",
        ),
        (
            3,
            r"\bhow (?:do|can|could|would|should) (?:i|we|you|one|u)\b(?! (?:explain|increase|improve|grow|reduce|compare|perform|do in|sell|earn|make more|get more)).*\b(?:schedul|export|import|connect|chang|sav|shar|us(?:e|ing)|install|add|upload|load|log ?in|set ?up|turn|switch|enable|disable|configur|run|open|print|download|send|email|make|create|write|draw|get|see|undo|refresh|link|name|rename|publish|embed|hide|show|stop|start|ask|pick|choose|copy|filter|read|format|edit|find|give|remove|delete|reset|update)\w*",
        ),
        (
            3,
            r"\b(?:what can (?:you|u|i|this|it|aiser)\b(?! (?:tell|say|see|find|learn|conclude))|what are you able|what do you do|how does (?:this|it|aiser|the tool) work|how to (?:use|export|schedule|connect|save|share|install|add|upload|import|change|set|make|create|run|print|get|load|draw|plot|write|log|turn|configure|open|undo|link|download|refresh|embed|format)|getting started|user (?:guide|manual)|tutorial|documentation|docs|keyboard shortcuts?|shortcuts?|which commands?|what commands?|command for|magic (?:command|for)|%%?\w+|cheat ?sheet|what formats?|which formats?|which file (?:types?|formats?)|supported|onboarding)\b",
        ),
        (
            3,
            r"\b(?:can|could|does|do|is|will) (?:you|this|it|i|we|u|aiser|the tool|this tool)\b.*\b(?:export|connect|read (?:excel|csv|parquet|files?)|handle|support|work (?:with|offline|without)|import|schedul|email|be scheduled|undo|save as|speak|understand (?:german|french|spanish)|possible|integrate|remember|alert)\b",
        ),
        (
            3,
            r"^\s*(?:help|\?+|help me|help pls|help please|i'?m (?:lost|stuck|new)|what now)\b.{0,20}$|\bis (?:it|there) (?:possible|a way) to\b|\bwhere (?:do|can) (?:i|we) (?:click|find the (?:button|setting|menu)|set|change|see|enter|put|turn|start|download|configure)\b|\bneed help (?:with|using)\b|\b(?:isn'?t|not|doesn'?t|won'?t) (?:working|work|load(?:ing)?|open(?:ing)?|connect(?:ing)?|start(?:ing)?|respond)\b|\berror (?:message|when)\b",
        ),
        (1, r"\b(?:settings?|licen[cs]e|version|plugin|extension|jupyter|notebook|api|token limit|install)\b"),
    ),
    "smalltalk": (
        (
            3.5,
            r"^(?:heya?|hiya|greetings|salut|hola|bonjour|much obliged|ta|thanx|tnx|no worries|no problem|np|all good|good one|my bad|oops|whatever|interesting|really|wonderful|fantastic|superb|lovely|impressive|great stuff|nice job|good luck|take care|later|ciao)\b.{0,25}$|^are you (?:\w+ ?){1,2}\W*$|^(?:do|can|will|would) you (?:love|like|feel|laugh|know me|remember me|marry)\b",
        ),
        (
            3.5,
            r"^that (?:was|is|'s) (?:very |really |so )?(?:helpful|great|good|nice|useful|cool|wrong|right|it|all|perfect|amazing|funny)\b(?! (?:for|in|at)\b).{0,30}$|\bhow was your\b|^(?=.{0,40}$).*\b(?:thank you|thanks|thx|cheers)\W*$",
        ),
        (3.5, r"\bgood luck\b|\bhave fun\b|^(?:are )?you there\b|^you (?:are|'re|r) \w+\W*$|\bi (?:love|like|hate) you\b"),
        (
            3.5,
            r"^\s*(?:hi|hello|hey|hiya|howdy|yo|hallo|good (?:morning|afternoon|evening|day|night|bot|job|work|one)|morning|thanks?|thank you|thx|ty|cheers|bye|goodbye|see you|see ya|ok(?:ay)?|cool|great|nice|awesome|perfect|lol|haha|wow|sorry|welcome|well done|bravo|brilliant|amazing|excellent|fine|sure|yes|no|yep|nope|k|bad bot|you(?:'re| are) (?:great|awesome|funny|smart|the best|wrong|useless|stupid|amazing|a star|welcome)|love (?:it|you|this)|much appreciated|appreciate it|congrats|happy \w+|have a (?:nice|good|great)|what'?s up|sup|how(?:'s| is) it going|how are (?:you|u|things)|nice (?:to meet|work|one)|got it|i see|makes sense|never ?mind|that'?s all|you rock|good stuff|test|testing|hm+|tgif|gm|gn)\b(?=[^a-z]*(?:$|[a-z' ]{0,40}[!.?)]*$))",
        ),
        (
            3.5,
            r"\b(?:tell me a joke|a joke|who (?:are|made|built|created) you|are you (?:a |an )?(?:human|robot|bot|real|ai|person|there|sure|alive|ok|chatgpt|gpt)|your name|how old are you|do you (?:like|love|dream|sleep|drink|have feelings|get tired|have a favou?rite|believe)|favou?rite (?:colou?r|food|movie|number)|meaning of life|sing (?:me|a)|poem|i(?:'m| am) (?:bored|tired|happy|sad|hungry|back)|need (?:a )?coffee|weather like|long day|marry me|what do you think (?:about|of) (?:me|life))\b",
        ),
    ),
    "followup": (
        (
            5,
            r"^(?:please |pls |now )?(?:remove|drop|delete|take|leave|hide|kick|throw|cut|change|set|rename|update)\b.* (?:out of|from|in|of|on) (?:this|that|the|my) (?:\w+ )?(?:charts?|graphs?|plots?|results?|view|output|answer|picture|selection|list above)\b",
        ),
        (
            3,
            r"^(?:[\w-]+ ){1,3}only\W*$|^(?:re)?sorted\b|^the other (?:one|ones|way|direction|way round)\b|^(?:only|just|without|excluding|exclude|w/o|ex|incl\.?|including) (?:[\w-]+ ){0,4}[\w-]+\W*$",
        ),
        (
            3.4,
            r"^(?:please |pls |now )?add (?:a |an |the )?(?:grand )?(?:totals?|trend ?line|average|labels?|legend|title|row for|column for|percentages?)\b",
        ),
        (
            3.2,
            r"^(?:please |pls |can you |could you |now )*(?:use|apply|try|put|set) (?:a |an |the )?(?:log|logarithmic|linear|different|other|another|darker|bigger|smaller|second|two|stacked|new)\b|^(?:please |pls |can you |could you )*(?:split|break|group|sort|order|reverse|limit|filter|show|plot) (?:that|it|this|them|the order|those)\b|^(?:excluding|including|adding|minus|plus|except|incl\.?|excl\.?)\b.{0,40}$",
        ),
        (
            3.6,
            r"^(?:drop|remove|delete|hide|leave out|skip|add|put back) (?:the |those |all )?(?:outliers|totals?|legend|nulls|blanks|duplicates? from (?:it|this|that))\W*$",
        ),
        (3, r"^(?=.{0,60}$).*\bthe ones\b"),
        (
            3.5,
            r"^(?:please |pls |now |ok |and |then |so |can you |could you |just )*(?:sort|order|re-?sort|re-?order|rank|group|filter|exclude|include|leave out|break (?:it|that|this|them) (?:down|up)|break down(?! (?:what|why|how|the|our))|drill|split (?:it|that|this|by|them)|make (?:it|that|this|them) |show (?:it|that|this|them|those|these|only|just|as|me that|me those) ?|turn (?:it|that|this)|zoom|switch|round|swap|flip|transpose|limit (?:it|to)|cut (?:it|to)|keep only|undo|go back|redo|again|hide|compare (?:it|that|this|them)|plot (?:it|that|this|them)|chart (?:it|that|this)|draw (?:it|that|this)|put (?:it|that|this|them)|convert (?:it|to|that)|express|stack|highlight|name (?:it|them)|save (?:it|that|this)|more detail|expand|collapse|normali[sz]e|invert|reverse|pivot|same)\b",
        ),
        (
            3,
            r"^(?:and|also|but|or|what about|how about|wat about|now|only|just|instead|same|without|excluding|except|not|as|in|by|per|for|vs|versus|then|or rather|ok and|and what about|with|from|since|before|after|too)\b(?! (?:each|every|all|which|what|how|who)\b)(?!.*\b(?:how many|how much|which|who|each|list|find|return|what (?:is|are|was|were))\b).{0,60}$",
        ),
        (
            2.5,
            r"^(?=.{0,60}$).*\b(?:same (?:thing|again|but|for|by|chart|table|question|list|with|as)|the (?:previous|last|above|first|second) (?:one|result|answer|chart|table|query|question)|of (?:those|these|them)|that (?:chart|table|list|result|number|figure|last|again)|this (?:chart|table|list|result|number|figure)|those (?:numbers|results|rows|customers|products|ones|figures|orders|stores|regions)|these (?:numbers|results|rows|figures)|as (?:a )?(?:bar|pie|line|area|percent|percentage|table|chart|graph|%|scatter|map|heat ?map)\w*|instead(?: of)?|them|the (?:chart|graph|legend|axis|bars|lines?|colou?rs?|decimals|total row|second column|first column|last column))\b",
        ),
        (3, r"^(?:remove|drop|delete|add|change|use|set|update|rename) (?:the |a |that |those |this )?(?:\w+ ){0,3}" + RESULT + r"\b"),
        (
            2,
            r"^(?:top|bottom|last|first) (?:\d+|two|three|four|five|six|ten|twenty)(?: only| instead| please)?\??$|^(?:monthly|weekly|daily|quarterly|yearly|annually)(?: instead| please)?\??$|^(?:19|20)\d\d(?: only| instead| too)?\??$",
        ),
    ),
}

BUSINESS: dict[str, Weighted] = {
    "market_analysis": (
        (
            3,
            r"\b(?:our|us|we|prices?|pric\w+|fares?|rates?|fees?|rents?|rating|score|share|salar\w+|pay|wages?|tariffs?|ticket) .*\b(?:vs\.?|versus|against|compared?|comparison|next to|beside|relative to|difference to|gap to|than (?:at|those|in|the other)|with (?:the )?(?:other|those))\b(?! (?:the )?(?:budget\w*|plan\w*|last|previous|prior|target\w*|actual\w*|year|month|week|before|forecast|20\d\d|now|own))",
        ),
        (
            3,
            r"\b(?:market|markets|market.?share|compet\w+|rivals?|benchmark\w*|peers?|campaigns?|advert\w+|ads?|marketing|brand\w*|promos?|promotion\w*|keywords?|leads)\b",
        ),
        (
            2,
            r"\bprices? (?:of|at|in) (?:the )?(?:other|\w+ (?:within|around|near|nearby))|\b(?:share of|ranks?|ranking|position)\b.*\b(?:town|county|city|sector|region|country|area|state)\b",
        ),
    ),
    "strategic_planning": (
        (
            3,
            r"\b(?:two|three|four|five|2|3|4|5|several) (?:\w+ )?(?:years|yrs|seasons|summers|winters|quarters|terms|calls) (?:running|in a row|straight)|\bin a row\b",
        ),
        (
            3,
            r"\b(?:over|in|for|the|last|past|next|these) (?:the )?(?:last |past |next )?(?:four|five|six|seven|eight|nine|ten|twenty|4|5|6|7|8|9|10|15|20) (?:years|yrs)\b|\b(?:5|five|ten|10|3|three).year\b|\bsince (?:200\d|201\d|202[01])\b|\b20(?:2[7-9]|3\d|4\d|50)\b",
        ),
        (
            3,
            r"\bshould (?:we|i)\b(?!.*\b(?:order|reorder|expect|staff|stock|bake|plan for|buy for)\b)|\bdo we need a\b|\bworth (?:it|keeping|having|replacing|\w+ing)\b|\bcase for\b|\b(?:a|the|our) (?:second|third|fourth|new|bigger) (?:(?!web\b)\w+ )?(?:site|plant|store|shop|club|branch|hub|cent(?:er|re)|office|roaster\w*|clinic|depot|quay|runway|location|warehouse|hotel|line|factory|chair)\b|\b(?:buy|lease|build|sell|house|make|keep) or\b|\b(?:drop|close|merge|open|expand|sell|replace|outsource|enter)\w* (?:the|a|an|our|to|into)\b",
        ),
    ),
    "customer_analysis": (
        (
            2.5,
            r"\bwho (?:stop\w*|bought|buys?|came|comes?|left|quits?|visit\w*|watch\w*|complain\w*|are our|uses?|order\w*)\b|\b(?:people|customers?|guests?|members?|users?|visitors?|clients?|subscribers?|patients?|players?|donors?|readers?|families|regulars|buyers?|tenants?) (?:who|that|leave|stay|stop|quit|come|return|buy|cancel|do(?:n't)? |did)\b|\bhow many (?:people )?(?:will |would )?(?:come|watch|visit|attend|join|leave)\b",
        ),
    ),
    "financial_analysis": (
        (
            2.5,
            r"\b(?:revenues?|turnover|income|profit\w*|margins?|costs?|expens\w+|spend|budget\w*|invoic\w+|cash|debt\w*|payroll|tax\w*|fees?|bills?|takings|earnings|opex|capex|p&l|accounts? (?:payable|receivable)|arrears|unpaid|owed?|financ\w+|(?:annual|management|half.year|the|year.end) accounts|(?:quarterly|annual|half.?year) results)\b",
        ),
    ),
}

OBJECTIVES: dict[str, Weighted] = {
    "trend": ((1, r"\b(?:trend\w*|over time|per (?:day|week|month|quarter|year)|by (?:day|week|month|quarter|year)|(?:dai|week|month|quarter|year)ly|since|development|evolution|growth|yoy|mom|history|each (?:day|week|month|quarter|year)|time series)\b"),),
    "comparison": ((1, r"\b(?:compare\w*|comparison|vs\.?|versus|against|than|differ\w*|between .+ and|per (?!day|week|month|quarter|year)\w+|by (?!day|week|month|quarter|year)\w+|relative to|better|worse|more or less|each)\b"),),
    "ranking": ((1, r"\b(?:top|bottom|best|worst|most|least|highest|lowest|largest|smallest|biggest|rank\w*|leading|first \d+|longest|shortest|cheapest)\b"),),
    "driver": ((1, r"\b(?:why|caus\w+|reasons?|driv\w+|explain\w*|behind|because|due to|root cause|factors?|how come|impact)\b"),),
    "projection": ((1, r"\b(?:forecast\w*|predict\w*|project\w*|will|expect\w*|next (?:day|week|month|quarter|year)|outlook|future|plan for|20(?:2[89]|[3-9]\d)|on the current)\b"),),
    "scenario": ((1, r"\b(?:what.?if|scenario\w*|if we|suppose|assuming|would|simulat\w*|current \w+ (?:curve|pace|rate))\b"),),
    "segmentation": ((1, r"\b(?:segments?|groups?|clusters?|types? of|families|couples|age|gender|demograph\w+|by (?:customer|segment|group|type)|profiles?)\b"),),
    "cohort": ((1, r"\b(?:cohorts?|first \d+ days|retention|new customers|since (?:they )?(?:joined|signed)|after (?:signing|joining)|repeat)\b"),),
    "geography": ((1, r"\b(?:countr\w+|regions?|regional|cit(?:y|ies)|states?|zip|postcodes?|geograph\w+|map|areas?|locations?|where|territor\w+|districts?)\b"),),
    "quality": ((1, r"\b(?:quality|missing|null\w*|empty|duplicat\w+|outliers?|sanity|valid\w*|clean|complete\w*|check|inconsisten\w+|typos?)\b"),),
    "monitoring": ((1, r"\b(?:dashboards?|monitor\w*|live|track\w*|alert\w*|board|scorecard|cockpit|keep an eye)\b"),),
    "summary": ((1, r"\b(?:report|slides?|deck|summary|summari[sz]e|overview|presentation|memo|write|brief|review|one.?pager|recap)\b"),),
    "recommendation": ((1, r"\b(?:should we|recommend\w*|suggest\w*|advi[sc]e|convinc\w+|what to do|propos\w+|worth|next steps|below break.?even|which .* (?:cut|drop|close|stop))\b"),),
    "lookup": ((1, r"\b(?:which|who|what is|what was|how many|how much|list|show|find|share of|average|avrage|total|number of|count)\b"),),
}  # fmt: skip
