-- The titles and headings of the reports, in the language of the psql variable
-- language.

select :'language' = 'fr' as french
\gset

\if :french
	\set whole 'LES QUATRE CAMPAGNES (bornes à 95 %)'
	\set compared 'A : TOITS SOLAIRES, B : CHAUFFAGE PAC (taux en %, p sous 0,05 quand ce n''est guère le hasard)'
	\set by_campaign 'PAR CAMPAGNE (taux en %)'
	\set by_slot 'APPELS PAR CRÉNEAU, À L''HEURE DU LEAD (taux en %)'
	\set by_segment 'LEADS PAR CIBLE (taux en % ; ventes sur leads, sur leads à potentiel, sur leads joints)'
	\set by_agent 'AGENTS, PAR TAUX DE CLOSING ASSURÉ (taux en %, à 95 %)'
	\set by_week 'CLOSING PAR SEMAINE D''APPEL, CONTRE 44 % EN MOYENNE ET 57 % POUR LES MEILLEURS (en %, à 95 %)'
	\set reasons 'MOTIFS DE REFUS'
	\set products 'PRODUITS VENDUS, AVANT ANNULATIONS'
	\set money 'ARGENT, NET DES ANNULATIONS (euros ; taux en %)'
	\set file 'VOTRE FICHIER'
	\set how_long 'DÉLAIS (parts en %, bornes à 95 %)'
	\set delay délai
	\set half 'la moitié en'
	\set nine_in_ten '9 sur 10 en'
	\set within_time 'en moins de'
	\set unmapped 'CODES LAISSÉS DE CÔTÉ'
	\set whole_file 'KPI (bornes à 95 %)'
	\set per_lead 'PAR LEAD, TOUS SES APPELS ENSEMBLE'
	\set targets_met 'OBJECTIFS'
	\set by_group 'PAR GROUPE (taux en %, bornes à 95 %)'
	\set by_period 'PAR PÉRIODE (taux en %, bornes à 95 %)'
	\set rows_left_out 'LIGNES LAISSÉES DE CÔTÉ'
	\set other_rows '(hors de --where)'
	\set bad_rows '(laissées de côté)'
	\set calls_made '(appels)'
	\set no_group '(aucun)'
	\set period période
	\set target objectif
	\set attained atteint
	\set verdict verdict
	\set line_number ligne
	\set file_name_of fichier
	\set option option
	\set found valeur
	\set why pourquoi
	\set average_talk 'comm. moy.'
	\set rows_short lignes
	\set revenue_short CA
	\set product_amounts 'MONTANTS PAR PRODUIT'
	\set column colonne
	\set rows lignes
	\set every_row '(toutes)'
	\set code code
	\set amount montant
	\set no_reason '(sans motif)'
	\set no_product '(sans produit)'
	\set others '(%s autres)'
	\set hours 'HEURES : LES SESSIONS SE CHEVAUCHENT, LE TEMPS TRAVAILLÉ COMPTE UNE FOIS'
	\set kpi KPI
	\set value valeur
	\set parts calcul
	\set bounds bornes
	\set difference écart
	\set all Toutes
	\set campaign campagne
	\set calls appels
	\set contacts contacts
	\set contact contact
	\set argued 'argum.'
	\set answered décroché
	\set closed exploité
	\set appointments rdv
	\set closing closing
	\set sales ventes
	\set conversion transfo
	\set net nettes
	\set net_conversion nette
	\set slot créneau
	\set businesses entreprises
	\set homes particuliers
	\set segment cible
	\set leads leads
	\set mobile mobile
	\set reached joints
	\set off_target 'hors cible'
	\set per_potential 'potent.'
	\set per_contact contact
	\set agent agent
	\set occupancy occupation
	\set calls_hour 'appels/h'
	\set at_least 'au moins'
	\set low bas
	\set high haut
	\set week semaine
	\set against 'contre 44 %'
	\set below 'en dessous'
	\set chance 'au hasard près'
	\set above 'au-dessus'
	\set best meilleur
	\set rank rang
	\set reason motif
	\set not_asked '(non demandé)'
	\set refusals refus
	\set product produit
	\set revenue CA
	\set cost coûts
	\set margin marge
	\set roi ROI
	\set margin_roi 'ROI sur marge'
	\set average_sale 'panier moyen'
	\set acquisition_cost 'coût client'
	\set logged sessions
	\set worked travaillé
	\set twice 'en double'
	\set talk communication
	\set sales_fte 'ventes/ETP'
\else
	\set whole 'ALL FOUR CAMPAIGNS (bounds at 95 %)'
	\set compared 'A: SOLAR ROOFS, B: HEAT PUMPS (rates in %, p below 0.05 where it is hardly chance)'
	\set by_campaign 'BY CAMPAIGN (rates in %)'
	\set by_slot 'CALLS BY SLOT, IN THE TIME ZONE OF THE LEAD (rates in %)'
	\set by_segment 'LEADS BY TARGET SEGMENT (rates in %; sales of leads, of those with potential, of those reached)'
	\set by_agent 'AGENTS, BY WHAT CLOSING RATE IS SURELY THEIRS (rates in %, at 95 %)'
	\set by_week 'CLOSING BY WEEK OF CALL, AGAINST 44 % ON AVERAGE AND 57 % FOR THE BEST (in %, at 95 %)'
	\set reasons 'WHY PEOPLE REFUSE'
	\set products 'PRODUCTS SOLD, BEFORE CANCELLATIONS'
	\set money 'MONEY, NET OF CANCELLATIONS (euros; rates in %)'
	\set file 'YOUR FILE'
	\set how_long 'HOW LONG IT TOOK (shares in %, bounds at 95 %)'
	\set delay delay
	\set half 'half within'
	\set nine_in_ten '9 in 10 within'
	\set within_time within
	\set unmapped 'CODES LEFT OUT'
	\set whole_file 'KPIS (bounds at 95 %)'
	\set per_lead 'PER LEAD, WITH ALL ITS CALLS TOGETHER'
	\set targets_met 'TARGETS'
	\set by_group 'BY GROUP (rates in %, bounds at 95 %)'
	\set by_period 'BY PERIOD (rates in %, bounds at 95 %)'
	\set rows_left_out 'ROWS LEFT OUT'
	\set other_rows '(not of --where)'
	\set bad_rows '(left out)'
	\set calls_made '(calls)'
	\set no_group '(none)'
	\set period period
	\set target target
	\set attained reached
	\set verdict verdict
	\set line_number line
	\set file_name_of file
	\set option option
	\set found value
	\set why why
	\set average_talk 'avg. talk'
	\set rows_short rows
	\set revenue_short revenue
	\set product_amounts 'AMOUNTS BY PRODUCT'
	\set column column
	\set rows rows
	\set every_row '(all)'
	\set code code
	\set amount amount
	\set no_reason '(no reason)'
	\set no_product '(no product)'
	\set others '(%s others)'
	\set hours 'HOURS: SESSIONS OVERLAP, WORKED TIME COUNTS ONCE'
	\set kpi KPI
	\set value value
	\set parts from
	\set bounds bounds
	\set difference difference
	\set all All
	\set campaign campaign
	\set calls calls
	\set contacts contacts
	\set contact contact
	\set argued argued
	\set answered answered
	\set closed closed
	\set appointments appts
	\set closing closing
	\set sales sales
	\set conversion conv
	\set net net
	\set net_conversion net
	\set slot slot
	\set businesses businesses
	\set homes homes
	\set segment segment
	\set leads leads
	\set mobile mobile
	\set reached reached
	\set off_target 'off target'
	\set per_potential potential
	\set per_contact contacts
	\set agent agent
	\set occupancy occupancy
	\set calls_hour 'calls/h'
	\set at_least 'at least'
	\set low low
	\set high high
	\set week week
	\set against 'against 44 %'
	\set below below
	\set chance 'within chance'
	\set above above
	\set best best
	\set rank rank
	\set reason reason
	\set not_asked '(not asked)'
	\set refusals refusals
	\set product product
	\set revenue revenue
	\set cost cost
	\set margin margin
	\set roi ROI
	\set margin_roi 'margin ROI'
	\set average_sale 'average sale'
	\set acquisition_cost 'per customer'
	\set logged sessions
	\set worked worked
	\set twice 'counted twice'
	\set talk talk
	\set sales_fte 'sales/FTE'
\endif
