"""The words that engines say errors with: a closed list, so that a word of a message that is no name can be no cell."""

from __future__ import annotations

GRAMMAR = """
a all already also an and another any are as at available be because been before being both but by can cannot column column's columns could did didn't do does
doesn't don't each either else empty ever every exist existing exists expected expects for from further got given has have hint how if in instead
into is isn't it its last later less like line lines long longer many maybe mean message missing more most must near nearby needs neither no none nor not of off on one only
or other out over perhaps please position possible possibly previous same see should since so some such than that the their them then there these they this
those to too try two under unexpected unknown until up use used using was were what when where whether which while with within without would wrong you your
"""
TROUBLE = """
abort aborted access allowed ambiguous bad binder broken cancel canceled cancelled cast catalog check class closed code compare conflict connection constraint
conversion convert converted converting could database deadlock defined denied depth detail different division disk divide does duplicate encoding end
engine entry error errors exceeded exceeds exception exclude executed execution expression failed failure fatal feature find format found fulfilled full
function functions grouped grouping handled identifier illegal implemented implicit implicitly incompatible incorrect insufficient internal interrupted
input invalid io key keyword large length level limit limits literal lock locked match matched matches matching maximum memory minimum mismatch
name named names nested number numbers object operand operands operation operational operator operators overflow own owned parameter parameters parse parser parsing
permission precision programming quoted range read reached recognized record reference referenced references refuses relation relations required requires resolve resources
resource result return returned returns right rights row rows run running runs scale schema search serialization server session set signature space specified
stack started statement stopped subquery supported syntax table tables temporary term timeout token tokens transaction transform tuple type types unable
undefined underflow union unique unrecognized unsupported unterminated usage valid value values version view warning window zero
"""
TYPES = """
array bigint binary bit blob bool boolean bytea bytes char character clob date datetime datetime2 datetimeoffset day decimal double enum float float4 float8 float64
geography hour hugeint int int1 int128 int16 int2 int32 int4 int64 int8 integer interval json jsonb list map mediumint minute month money nchar number numeric nvarchar
nvarchar2 real second smallint string struct text time timestamp timestamptz timestamp_ns tinyint tinytext ubigint uinteger uuid varbinary varchar varchar2 varying
week xml year zone
"""
CLAUSES = """
aggregate aggregates alias asc between case clause clauses coalesce count cross cte cube desc distinct except exists extract filter first following full group having
inner insert intersect join lateral left limit natural null nulls offset order outer over partition preceding primary foreign recursive right rollup select sum avg min max
unbounded update where with scalar subqueries window
"""
WORDS = frozenset(f"{GRAMMAR} {TROUBLE} {TYPES} {CLAUSES}".replace("_", " ").split())
